// Where a process's paths begin: its root and working directory; and its umask.
#include "kernel/syscall/at.h"
#include "kernel/syscall/table.h"
#include "mm/heap.h"

namespace faultline {

namespace {

enum class Which : u8 { Root, Working };

Result<void> change_place(Task& self, const Place& place, Which which)
{
    Process& process = self.process();
    if (!place.inode().is_directory()) return Errno::NotDirectory;
    TRY(place.inode().check_permission(process.credentials, Permission::Execute));
    Ref<PathPlaces> old = process.share_places();
    Ref<PathPlaces> changed = TRY(which == Which::Root ? PathPlaces::create(place, old->working())
                                                       : PathPlaces::create(old->root(), place));
    SpinGuard guard{process_lock};
    swap(process.view->places, changed);  // the old one goes after the lock
    return {};
}

}  // namespace

Result<void> sys_chdir(Task& self, UserString path)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Directory));
    return change_place(self, place, Which::Working);
}

Result<void> sys_fchdir(Task& self, Descriptor fd)
{
    const Place place = TRY(place_of_open_file(self, fd));
    return change_place(self, place, Which::Working);
}

Result<void> sys_chroot(Task& self, UserString path)
{
    const Place place = TRY(find_place(self, kHere, path, Walk::Directory));
    if (!self.process().credentials.is_root()) return Errno::Perm;
    return change_place(self, place, Which::Root);
}

// ---- pivot_root ----

namespace {

Ref<Process> process_from(u32 pid)
{
    SpinGuard guard{process_lock};
    for (pid = pids.next_taken(pid); pid < kPidLimit; pid = pids.next_taken(pid + 1))
        if (Process* process = find_process_locked(pid)) return Ref<Process>::share(process);
    return nullptr;
}

// A chdir of its own that comes between is not lost: then its places are looked at again.
Result<void> replace_places(Process& process, const Place& old_place, const Place& new_place)
{
    for (;;) {
        const Ref<PathPlaces> before = process.share_places();
        if (!before) return {};
        const bool root = before->root() == old_place, working = before->working() == old_place;
        if (!root && !working) return {};
        Ref<PathPlaces> changed = TRY(
            PathPlaces::create(root ? new_place : before->root(), working ? new_place : before->working()));
        SpinGuard guard{process_lock};
        if (!process.view || process.view->places != before) continue;
        swap(process.view->places, changed);  // the old one goes after the lock
        return {};
    }
}

}  // namespace

// As in Linux, whoever stood at the old root stands at the new one.
Result<void> sys_pivot_root(Task& self, UserString new_root, UserString put_old)
{
    PathText old_text;
    Name name{self.process()};
    TRY(name.read(kHere, new_root));
    Place old_place, new_place;
    const StringView old_path = TRY(old_text.read(put_old));
    TRY(pivot_root(name.context(), name.path(), old_path, old_place, new_place));
    for (Ref<Process> process = process_from(1); process; process = process_from(process->pid() + 1))
        TRY(replace_places(*process, old_place, new_place));
    return {};
}

namespace {

// The path with its NUL; `text` has room for kMaxPath.
Result<u32> copy_out_path(const PathPlaces& places, char* text, UserSpan<u8> to)
{
    const StringView whole = TRY(path_of(places.working(), places.root(), {text, kMaxPath - 1}));
    const u32 length = static_cast<u32>(whole.size());
    if (length + 1 > to.size_bytes()) return Errno::Range;
    TRY(copy_to_user(to.start(), whole.data(), length));
    TRY(clear_user(to.start() + length, 1));
    return length + 1;
}

}  // namespace

Result<u32> sys_getcwd(Task& self, UserSpan<u8> path)
{
    Ref<PathPlaces> places = self.process().share_places();
    if (places->working().entry->is_removed()) return Errno::NoEntry;
    char* text = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    const Result<u32> size = copy_out_path(*places, text, path);
    heap_free(text);
    return size;
}

u32 sys_umask(Task& self, u32 mask)
{
    u32& umask = self.process().view->umask;
    const u32 old = umask;
    umask = mask & 0777;
    return old;
}

}  // namespace faultline
