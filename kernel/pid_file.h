// PidFile: a process as a file (pidfd): waited for by poll, signalled, looked into. It names the process and not the
// number, so it never comes to mean another one.
//
// It holds a count of the Process, not its place in the table: that goes when it is reaped. No lock of its own.
#pragma once

#include "fs/file_like.h"
#include "kernel/process.h"

namespace faultline {

class PidFile final : public FileLike {
public:
    explicit PidFile(Ref<Process> process) : process_{move(process)} {}
    Process* as_process() override { return &*process_; }
    u32 poll(File& file, PollTable* table) override;
    void describe(Span<char> text) const override;
    void print_state(TextBuffer& out) const override;
    void attributes(Attributes& out) const override;
    void last_ref_dropped() override;

private:
    Ref<Process> process_;
};

// A descriptor of `opener`, closed by exec. `flags`: kOpenNonBlock or none. The process need not be in the table yet.
Result<u32> open_pid_file(Process& opener, Ref<Process> process, u32 flags);

// Null: it is not in the table, or not in it any more.
Process* find_listed_locked(Process* process) REQUIRES(process_lock);

}  // namespace faultline
