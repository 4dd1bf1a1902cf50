#include "kernel/signal_file.h"

#include "fs/file.h"
#include "fs/inode.h"
#include "fs/poll.h"
#include "fs/synthetic.h"
#include "fs/with_reclaim.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

// struct signalfd_siginfo
struct SignalRecord {
    u32 signal;
    i32 error, code;
    u32 pid, uid;
    i32 fd;
    u32 timer, band, overrun, trap;
    i32 status, value;
    u64 pointer, user_ticks, system_ticks, address;
    u8 unused[48];
};
static_assert(sizeof(SignalRecord) == 128);

bool tells_a_fault(const SignalInfo& info)
{
    return info.code > 0 && info.code < kCodeKernel && info.signal <= 32 && kFaultSignals.has(info.signal);
}

// A timer's name, a child's end and a sender's value lie at the same places of siginfo_t.
SignalRecord record_of(const SignalInfo& info)
{
    SignalRecord record{};
    record.signal = info.signal;
    record.code = info.code;
    if (tells_a_fault(info)) {
        record.address = info.fields[0];
        return record;
    }
    if (info.code == kCodeTimer) {
        record.timer = info.fields[0];
        record.overrun = info.fields[1];
    } else {
        record.pid = info.fields[0];
        record.uid = info.fields[1];
    }
    if (info.code < 0) {
        record.value = static_cast<i32>(info.fields[2]);
        record.pointer = info.fields[2];
    } else if (info.signal == kSigChild && info.code > 0) {
        record.status = static_cast<i32>(info.fields[2]);
        record.user_ticks = info.fields[3];
        record.system_ticks = info.fields[4];
    }
    return record;
}

bool any_pending_locked(const Task& task, SignalSet set) REQUIRES(process_lock)
{
    return !task.pending.set().with(task.process().pending.set()).common(set).empty();
}

}  // namespace

Result<Ref<SignalFile>> SignalFile::create(SignalSet set)
{
    return Ref<SignalFile>::adopt(TRY(with_reclaim([&] { return make<SignalFile>(set); })));
}

void SignalFile::last_ref_dropped()
{
    destroy(this);
}

void SignalFile::set(SignalSet set)
{
    SpinGuard guard{process_lock};
    set_ = set;
    current_task().process().signals_kept.wake_all();
}

// The first is waited for; then as many as are there and find room.
Result<u32> SignalFile::read(File& file, u64, IoBuffer& buffer)
{
    Task& self = current_task();
    if (buffer.remaining() < sizeof(SignalRecord)) return Errno::Invalid;
    u32 done = 0;
    while (buffer.remaining() >= sizeof(SignalRecord)) {
        SignalInfo info;
        {
            SpinGuard guard{process_lock};
            const auto has_some = [&]() NO_THREAD_SAFETY_ANALYSIS { return any_pending_locked(self, set_); };
            if (!has_some() && done != 0) break;
            if (!has_some() && file.nonblocking()) return Errno::Again;
            TRY(wait_until(self.process().signals_kept, process_lock, has_some, Wait::Interruptible));
            take_signal_locked(self, set_, info);
        }
        const SignalRecord record = record_of(info);
        const Result<void> told = buffer.put(&record, sizeof record);
        if (!told.ok()) return done != 0 ? Result<u32>{done} : told.error();
        done += static_cast<u32>(sizeof record);
    }
    return done;
}

u32 SignalFile::poll(File&, PollTable* table)
{
    Task& self = current_task();
    SpinGuard guard{process_lock};
    if (table) table->watch(self.process().signals_kept, process_lock);
    return any_pending_locked(self, set_) ? kPollIn : 0;
}

void SignalFile::describe(Span<char> text) const
{
    copy_string(text, "anon_inode:[signalfd]");
}

void SignalFile::print_state(TextBuffer& out) const
{
    SignalSet set;
    {
        SpinGuard guard{process_lock};
        set = set_;
    }
    out.print("sigmask:\t%016llx\n", set.bits());
}

void SignalFile::attributes(Attributes& out) const
{
    out = Attributes{};
    out.mode = 0600;
    out.link_count = 1;
    out.block_size = kPageSize;
}

}  // namespace faultline
