// uname and its older forms, and the names that the superuser gives the machine.
#include "kernel/system_name.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "kernel/version.h"
#include "lib/string.h"

namespace faultline {

namespace {

template <class Names> Names all_names()
{
    Names out{};
    const SystemName node = host_name();
    copy_string(out.system, kSystemName);
    copy_string(out.node, node.text);
    copy_string(out.release, kRelease);
    copy_string(out.version, kVersion);
    copy_string(out.machine, kMachine);
    return out;
}

Result<SystemName> read_name(Task& self, UserSpan<const u8> from)
{
    if (!self.process().credentials.is_root()) return Errno::Perm;
    SystemName name{};
    if (from.size_bytes() >= sizeof name.text) return Errno::Invalid;
    TRY(copy_from_user(name.text, from.start(), from.size_bytes()));
    return name;
}

}  // namespace

Result<void> sys_uname(Task&, UserPtr<Utsname> out)
{
    auto names = all_names<Utsname>();
    const SystemName domain = domain_name();
    copy_string(names.domain, domain.text);
    return out.write(names);
}

Result<void> sys_olduname(Task&, UserPtr<OldUtsname> out)
{
    return out.write(all_names<OldUtsname>());
}

Result<void> sys_oldolduname(Task&, UserPtr<OldOldUtsname> out)  // fields of eight letters
{
    return out.write(all_names<OldOldUtsname>());
}

Result<void> sys_sethostname(Task& self, UserSpan<const u8> name)
{
    set_host_name(TRY(read_name(self, name)));
    return {};
}

Result<void> sys_setdomainname(Task& self, UserSpan<const u8> name)
{
    set_domain_name(TRY(read_name(self, name)));
    return {};
}

}  // namespace faultline
