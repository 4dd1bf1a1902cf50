// The machine's own name and its domain's, as uname and /proc/sys/kernel tell them and sethostname changes them.
#pragma once

namespace faultline {

struct SystemName {
    char text[65];
};

SystemName host_name();
SystemName domain_name();
void set_host_name(const SystemName& name);
void set_domain_name(const SystemName& name);

}  // namespace faultline
