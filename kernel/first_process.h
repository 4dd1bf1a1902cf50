// Process 1: made by hand. Its task begins in the kernel, finds the root file system and becomes the program init.
#pragma once

namespace faultline {

void start_first_process();

}  // namespace faultline
