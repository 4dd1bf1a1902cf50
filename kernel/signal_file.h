// SignalFile: a file whose reads take signals (signalfd): those of its set that are pending for whoever reads, task or
// process, one record of 128 bytes each. A signal that its reader has not blocked goes the usual way.
//
// Lock: process_lock guards the set; sleepers and watchers stand at Process::signals_kept, which is woken when a signal
// comes that nobody has unblocked.
#pragma once

#include "fs/file_like.h"
#include "kernel/process_lock.h"
#include "kernel/signal_set.h"

namespace faultline {

class SignalFile final : public FileLike {
public:
    static Result<Ref<SignalFile>> create(SignalSet set);
    void set(SignalSet set) EXCLUDES(process_lock);

    explicit SignalFile(SignalSet set) : set_{set} {}
    SignalFile* as_signals() override { return this; }
    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    u32 poll(File& file, PollTable* table) override;
    void describe(Span<char> text) const override;
    void print_state(TextBuffer& out) const override;
    void attributes(Attributes& out) const override;
    void last_ref_dropped() override;

private:
    SignalSet set_ GUARDED_BY(process_lock);
};

}  // namespace faultline
