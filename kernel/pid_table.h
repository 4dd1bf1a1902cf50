// Numbers of processes, tasks, groups and sessions: given out increasing and wrapping, found in O(1).
//
// One number may stand for several things at once (a process, its first task, the group and the session it leads); it is
// free again when the last of them is gone. Lock: process_lock (kernel/process.h) guards everything.
#pragma once

#include "lib/result.h"
#include "lib/types.h"

namespace faultline {

constexpr u32 kPidLimit = 32768;  // one past the largest, as /proc/sys/kernel/pid_max says

enum class PidKind : u8 { Process, Task, Group, Session };

class PidEntry {
public:
    explicit PidEntry(PidKind kind) : kind_{kind} {}
    u32 number() const { return number_; }

private:
    friend class PidTable;
    u32 number_ = 0;
    PidKind kind_;
    PidEntry* next_in_bucket_ = nullptr;
};

class PidTable {
public:
    Result<u32> allocate();  // Again: all are taken. Give it to insert(), or back by release()
    void release(u32 number);

    void insert(PidEntry& entry, u32 number);
    void remove(PidEntry& entry);
    PidEntry* find(u32 number, PidKind kind) const;

    u32 last() const { return last_; }  // given out

    // The first number at or after `from` that is taken; kPidLimit if there is none. For /proc.
    u32 next_taken(u32 from) const;

private:
    static constexpr u32 kBuckets = 1024;
    static constexpr u32 kWords = kPidLimit / 32;

    u32 next_free(u32 from) const;

    PidEntry* buckets_[kBuckets] = {};
    u32 taken_[kWords] = {1};  // a bit each; 0 is nobody's
    u32 last_ = 0;
};

}  // namespace faultline
