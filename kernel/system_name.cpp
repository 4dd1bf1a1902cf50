#include "kernel/system_name.h"

#include "core/spinlock.h"

namespace faultline {

namespace {

SpinLock lock{LockRank::Leaf};
SystemName host GUARDED_BY(lock) = {"faultline"};
SystemName domain GUARDED_BY(lock) = {"(none)"};

}  // namespace

SystemName host_name()
{
    SpinGuard guard{lock};
    return host;
}

SystemName domain_name()
{
    SpinGuard guard{lock};
    return domain;
}

void set_host_name(const SystemName& name)
{
    SpinGuard guard{lock};
    host = name;
}

void set_domain_name(const SystemName& name)
{
    SpinGuard guard{lock};
    domain = name;
}

}  // namespace faultline
