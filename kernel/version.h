// What uname and /proc/version say.
#pragma once

namespace faultline {

constexpr const char* kSystemName = "Linux";  // the ABI's, so that programs know what they may ask
constexpr const char* kRelease = "6.1.0-faultline";
constexpr const char* kVersion = "#1 SMP Faultline";
constexpr const char* kMachine = "i686";

}  // namespace faultline
