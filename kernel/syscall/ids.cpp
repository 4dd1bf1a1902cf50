// System calls on who a process is: user and group ids, supplementary groups, and who it is to files.
//
// The calls without "32" are the old ones with 16-bit ids: ~0 means the same there, and what does not fit is shown as
// kOverflowId. Ids belong to the process; its own tasks alone change them.
#include "kernel/syscall/ids.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/string.h"

namespace faultline {

namespace {

constexpr u32 kOverflowId = 65534;

u32 narrow_id(u32 id)
{
    return id > 0xffff ? kOverflowId : id;
}

// One kind of id, user or group, of a process.
struct Ids {
    UserIds& kept;
    u32& effective;
    u32& file;
};

Ids user_ids(Process& process)
{
    return {process.uids, process.credentials.uid, process.credentials.file_uid};
}

Ids group_ids(Process& process)
{
    return {process.gids, process.credentials.gid, process.credentials.file_gid};
}

bool is_one_of(const Ids& ids, u32 id)
{
    return id == ids.kept.real || id == ids.effective || id == ids.kept.saved;
}

// Who takes another identity is no longer to be looked into by who it was.
void set_effective(Process& process, Ids ids, u32 effective)
{
    if (ids.effective != effective || ids.file != effective) process.dumpable = false;
    ids.effective = ids.file = effective;
}

// setuid's rule: the superuser sets all three, others the effective one to one of the other two.
Result<void> set_id(Process& process, Ids ids, u32 wanted)
{
    if (wanted == kNoId) return Errno::Invalid;
    if (process.credentials.is_root())
        ids.kept.real = ids.kept.saved = wanted;
    else if (wanted != ids.kept.real && wanted != ids.kept.saved)
        return Errno::Perm;
    set_effective(process, ids, wanted);
    return {};
}

// setresuid's rule: others than the superuser set each to one of the three. kNoId leaves one alone.
Result<void> set_three_ids(Process& process, Ids ids, u32 real, u32 effective, u32 saved)
{
    const bool is_root = process.credentials.is_root();
    const u32 all[] = {real, effective, saved};
    for (const u32 wanted : all)
        if (!is_root && wanted != kNoId && !is_one_of(ids, wanted)) return Errno::Perm;
    if (real != kNoId) ids.kept.real = real;
    if (saved != kNoId) ids.kept.saved = saved;
    set_effective(process, ids, effective != kNoId ? effective : ids.effective);
    return {};
}

// setreuid: the real id may become one of the first two only, and the saved id follows the effective one where the real
// one is set, or the effective one to another.
Result<void> set_two_ids(Process& process, Ids ids, u32 real, u32 effective)
{
    const u32 old_real = ids.kept.real;
    const bool is_root = process.credentials.is_root();
    if (!is_root && real != kNoId && real != old_real && real != ids.effective) return Errno::Perm;
    TRY(set_three_ids(process, ids, real, effective, kNoId));
    if (real != kNoId || (effective != kNoId && effective != old_real)) ids.kept.saved = ids.effective;
    return {};
}

// setfsuid cannot fail: it tells who the process was to files, whether or not that changed.
u32 set_file_id(Process& process, Ids ids, u32 wanted)
{
    const u32 old = ids.file;
    const bool allowed = process.credentials.is_root() || is_one_of(ids, wanted) || wanted == old;
    if (wanted == kNoId || !allowed || wanted == old) return old;
    process.dumpable = false;
    ids.file = wanted;
    return old;
}

template <class T> Result<void> tell_ids(Ids ids, UserPtr<T> real, UserPtr<T> effective, UserPtr<T> saved)
{
    const auto shown = [](u32 id) { return static_cast<T>(sizeof(T) == sizeof(u16) ? narrow_id(id) : id); };
    TRY(real.write(shown(ids.kept.real)));
    TRY(effective.write(shown(ids.effective)));
    return saved.write(shown(ids.kept.saved));
}

}  // namespace

// ---- Asking ----

u32 sys_getuid32(Task& self)
{
    return self.process().uids.real;
}

u32 sys_getgid32(Task& self)
{
    return self.process().gids.real;
}

u32 sys_geteuid32(Task& self)
{
    return self.process().credentials.uid;
}

u32 sys_getegid32(Task& self)
{
    return self.process().credentials.gid;
}

u32 sys_getuid(Task& self)
{
    return narrow_id(sys_getuid32(self));
}

u32 sys_getgid(Task& self)
{
    return narrow_id(sys_getgid32(self));
}

u32 sys_geteuid(Task& self)
{
    return narrow_id(sys_geteuid32(self));
}

u32 sys_getegid(Task& self)
{
    return narrow_id(sys_getegid32(self));
}

Result<void> sys_getresuid32(Task& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved)
{
    return tell_ids(user_ids(self.process()), real, effective, saved);
}

Result<void> sys_getresgid32(Task& self, UserPtr<u32> real, UserPtr<u32> effective, UserPtr<u32> saved)
{
    return tell_ids(group_ids(self.process()), real, effective, saved);
}

Result<void> sys_getresuid(Task& self, UserPtr<u16> real, UserPtr<u16> effective, UserPtr<u16> saved)
{
    return tell_ids(user_ids(self.process()), real, effective, saved);
}

Result<void> sys_getresgid(Task& self, UserPtr<u16> real, UserPtr<u16> effective, UserPtr<u16> saved)
{
    return tell_ids(group_ids(self.process()), real, effective, saved);
}

// ---- Changing ----

Result<void> sys_setuid32(Task& self, u32 uid)
{
    return set_id(self.process(), user_ids(self.process()), uid);
}

Result<void> sys_setgid32(Task& self, u32 gid)
{
    return set_id(self.process(), group_ids(self.process()), gid);
}

Result<void> sys_setreuid32(Task& self, u32 real, u32 effective)
{
    return set_two_ids(self.process(), user_ids(self.process()), real, effective);
}

Result<void> sys_setregid32(Task& self, u32 real, u32 effective)
{
    return set_two_ids(self.process(), group_ids(self.process()), real, effective);
}

Result<void> sys_setresuid32(Task& self, u32 real, u32 effective, u32 saved)
{
    return set_three_ids(self.process(), user_ids(self.process()), real, effective, saved);
}

Result<void> sys_setresgid32(Task& self, u32 real, u32 effective, u32 saved)
{
    return set_three_ids(self.process(), group_ids(self.process()), real, effective, saved);
}

u32 sys_setfsuid32(Task& self, u32 uid)
{
    return set_file_id(self.process(), user_ids(self.process()), uid);
}

u32 sys_setfsgid32(Task& self, u32 gid)
{
    return set_file_id(self.process(), group_ids(self.process()), gid);
}

Result<void> sys_setuid(Task& self, u32 uid)
{
    return sys_setuid32(self, widen_id(uid));
}

Result<void> sys_setgid(Task& self, u32 gid)
{
    return sys_setgid32(self, widen_id(gid));
}

Result<void> sys_setreuid(Task& self, u32 real, u32 effective)
{
    return sys_setreuid32(self, widen_id(real), widen_id(effective));
}

Result<void> sys_setregid(Task& self, u32 real, u32 effective)
{
    return sys_setregid32(self, widen_id(real), widen_id(effective));
}

Result<void> sys_setresuid(Task& self, u32 real, u32 effective, u32 saved)
{
    return sys_setresuid32(self, widen_id(real), widen_id(effective), widen_id(saved));
}

Result<void> sys_setresgid(Task& self, u32 real, u32 effective, u32 saved)
{
    return sys_setresgid32(self, widen_id(real), widen_id(effective), widen_id(saved));
}

u32 sys_setfsuid(Task& self, u32 uid)
{
    return narrow_id(sys_setfsuid32(self, widen_id(uid)));
}

u32 sys_setfsgid(Task& self, u32 gid)
{
    return narrow_id(sys_setfsgid32(self, widen_id(gid)));
}

// ---- Supplementary groups ----

namespace {

void sort(u32* numbers, u32 count)  // a few
{
    for (u32 i = 1; i < count; i++)
        for (u32 at = i; at > 0 && numbers[at] < numbers[at - 1]; at--) {
            const u32 smaller = numbers[at];
            numbers[at] = numbers[at - 1];
            numbers[at - 1] = smaller;
        }
}

template <class T> Result<void> set_groups(Credentials& who, u32 count, UserPtr<const T> groups)
{
    if (!who.is_root()) return Errno::Perm;
    if (count > Credentials::kMaxGroups) return Errno::Invalid;
    u32 given[Credentials::kMaxGroups];
    for (u32 i = 0; i < count; i++)
        given[i] = TRY(groups.at(i).read());
    sort(given, count);  // getgroups shows them so
    memcpy(who.groups, given, count * sizeof(u32));
    who.group_count = count;
    return {};
}

template <class T> Result<u32> get_groups(const Credentials& who, i32 count, UserPtr<T> groups)
{
    if (count < 0) return Errno::Invalid;
    if (count == 0) return who.group_count;
    if (static_cast<u32>(count) < who.group_count) return Errno::Invalid;
    for (u32 i = 0; i < who.group_count; i++) {
        const u32 group = who.groups[i];
        TRY(groups.at(i).write(static_cast<T>(sizeof(T) == sizeof(u16) ? narrow_id(group) : group)));
    }
    return who.group_count;
}

}  // namespace

Result<void> sys_setgroups32(Task& self, i32 count, UserPtr<const u32> groups)
{
    return set_groups(self.process().credentials, static_cast<u32>(count), groups);
}

Result<u32> sys_getgroups32(Task& self, i32 count, UserPtr<u32> groups)
{
    return get_groups(self.process().credentials, count, groups);
}

Result<void> sys_setgroups(Task& self, i32 count, UserPtr<const u16> groups)
{
    return set_groups(self.process().credentials, static_cast<u32>(count), groups);
}

Result<u32> sys_getgroups(Task& self, i32 count, UserPtr<u16> groups)
{
    return get_groups(self.process().credentials, count, groups);
}

}  // namespace faultline
