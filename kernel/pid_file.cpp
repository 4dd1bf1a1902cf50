#include "kernel/pid_file.h"

#include "fs/inode.h"
#include "fs/poll.h"
#include "fs/synthetic.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

Result<u32> open_pid_file(Process& opener, Ref<Process> process, u32 flags)
{
    PidFile* const made = TRY(with_reclaim([&] { return make<PidFile>(process); }));
    const Ref<FileLike> like{Ref<PidFile>::adopt(made)};
    Ref<File> file = TRY(File::create(like, Place{}, kOpenReadWrite | flags));
    return opener.files->add(move(file), OnExec::Close, opener.limits[kLimitFiles].soft);
}

Process* find_listed_locked(Process* process)
{
    return find_process_locked(process->pid()) == process ? process : nullptr;
}

void PidFile::last_ref_dropped()
{
    destroy(this);
}

// Readable once it has ended; hung up once it was waited for.
u32 PidFile::poll(File&, PollTable* table)
{
    SpinGuard guard{process_lock};
    if (table) table->watch(process_->ended, process_lock);
    if (process_->state != ProcessState::Zombie) return 0;
    const u32 events = kPollIn | kPollReadNormal;
    return find_listed_locked(&*process_) ? events : events | kPollHangUp;
}

void PidFile::describe(Span<char> text) const
{
    copy_string(text, "anon_inode:[pidfd]");
}

void PidFile::print_state(TextBuffer& out) const
{
    i32 pid;
    {
        SpinGuard guard{process_lock};
        pid = find_listed_locked(&*process_) ? static_cast<i32>(process_->pid()) : -1;
    }
    out.print("Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

void PidFile::attributes(Attributes& out) const
{
    out = Attributes{};
    out.inode_number = process_->pid();
    out.mode = 0700 | kModeRegular;
    out.link_count = 1;
    out.block_size = kPageSize;
}

}  // namespace faultline
