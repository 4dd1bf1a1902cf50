// /proc/trace: the events of all CPUs, one a line, in the order of their times; and /proc/sys/kernel/trace, the kinds that
// are recorded.
//
//     12.345678 cpu0     7 cat              fault write 0x0804f123: ZeroFill, PTE 0x003ee067, frame 3ee
//
// An open file shows what was there when it was opened: so a reader that is traced itself comes to an end. Opening with
// O_TRUNC forgets what was recorded so far. What a ring has overwritten is named by number.
#include "arch/clock.h"
#include "arch/x86.h"
#include "core/scheduler.h"
#include "core/trace.h"
#include "fs/file.h"
#include "kernel/procfs.h"
#include "kernel/syscall/table.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/entry.h"
#include "mm/fault_action.h"
#include "mm/heap.h"
#include "mm/rights.h"

namespace faultline {

namespace {

u64 forgotten[kMaxCpus];  // events of a CPU before this number; a race of two who truncate does no harm

// ---- One event as a line ----

class Line {
public:
    void print(const char* text, ...) __attribute__((format(printf, 2, 3)))
    {
        va_list arguments;
        va_start(arguments, text);
        const usize wanted = format_list({text_ + size_, sizeof text_ - size_}, text, arguments);
        va_end(arguments);
        size_ = min(size_ + static_cast<u32>(wanted), static_cast<u32>(sizeof text_ - 1));
    }
    void clear() { size_ = taken_ = 0; }
    bool is_taken() const { return taken_ == size_; }
    Result<u32> take(IoBuffer& buffer)
    {
        const u32 size = min(buffer.remaining(), size_ - taken_);
        TRY(buffer.put(text_ + taken_, size));
        taken_ += size;
        return size;
    }

private:
    char text_[224];
    u32 size_ = 0, taken_ = 0;
};

void print_number(Line& line, u32 value)
{
    const i32 number = static_cast<i32>(value);
    if (-4096 < number && number < 65536)
        line.print("%d", number);
    else
        line.print("0x%x", value);
}

void print_call_name(Line& line, u32 number)
{
    if (const char* name = syscall_name(number))
        line.print("%s", name);
    else
        line.print("call_%u", number);
}

void print_call(Line& line, const TraceEvent& event)
{
    print_call_name(line, event.what);
    line.print("(");
    for (u32 i = 0; i < syscall_words(event.what); i++) {
        if (i != 0) line.print(", ");
        print_number(line, event.words[i]);
    }
    line.print(")");
}

const char* access_name(u32 how)
{
    if ((how & static_cast<u32>(Access::Write)) != 0) return "write";
    return (how & static_cast<u32>(Access::Execute)) != 0 ? "execute" : "read";
}

void print_fault(Line& line, const TraceEvent& event)
{
    const u32 how = event.words[2];
    const Pte pte = Pte::from_raw(event.words[1]);
    line.print("%s 0x%08x: %s", access_name(how), event.words[0],
               action_name(static_cast<FaultAction>(event.what)));
    if (pte.raw() != 0) line.print(", PTE 0x%08x", pte.raw());
    if (pte.holds_frame()) line.print(", frame %x", pte.frame().number());
    if ((how & kTraceMajor) != 0) line.print(", major");
    if ((how & kTracePopulates) != 0) line.print(", populate");
}

void print_switch(Line& line, const TraceEvent& event)
{
    char name[sizeof event.words + 1] = {};
    memcpy(name, event.words, sizeof event.words);
    line.print("to %u %s", event.what, name);
}

void print_event(Line& line, u32 cpu, const TraceEvent& event, u64 now, u64 now_ticks)
{
    const u64 ns = now - min(now, ticks_to_ns(now_ticks - min(now_ticks, event.ticks)));
    line.print("%5u.%06u cpu%u %5u %-15s %s ", static_cast<u32>(ns / kNsPerSecond),
               static_cast<u32>(ns % kNsPerSecond / kNsPerUs), cpu, event.thread, event.name,
               trace_kind_name(event.kind));
    switch (event.kind) {
    case TraceKind::Fault:
        print_fault(line, event);
        break;
    case TraceKind::Switch:
        print_switch(line, event);
        break;
    case TraceKind::Syscall:
        print_call(line, event);
        break;
    case TraceKind::Return:
        print_call_name(line, event.what);
        line.print(" = ");
        print_number(line, event.words[0]);
        break;
    }
    line.print("\n");
}

// ---- The open file ----

class OpenTrace final : public FileLike {
public:
    OpenTrace() : opened_ns_{now_ns()}, opened_ticks_{rdtsc()}
    {
        for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
            rings_[cpu].position = forgotten[cpu];
            rings_[cpu].end = trace_end(cpu);
        }
    }
    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File&, u64, IoBuffer&) override { return Errno::Perm; }
    void last_ref_dropped() override { destroy(this); }

private:
    struct Ring {
        u64 position, end;
        u64 lost = 0;           // overwritten before they were read; told in a line of its own
        bool has_next = false;  // the event that position stands behind
        TraceEvent next;
    };
    void fetch(u32 cpu);
    bool make_line();

    u64 opened_ns_, opened_ticks_;
    Ring rings_[kMaxCpus];
    Line line_;
};

void OpenTrace::fetch(u32 cpu)
{
    Ring& ring = rings_[cpu];
    if (ring.has_next || ring.position >= ring.end) return;
    const u64 expected = ring.position;
    if (!trace_read(cpu, ring.position, ring.next)) return;
    ring.lost += ring.position - 1 - expected;
    ring.has_next = ring.position <= ring.end;
}

// The oldest event that is left becomes the line. False: there is none.
bool OpenTrace::make_line()
{
    Ring* oldest = nullptr;
    for (u32 cpu = 0; cpu < cpu_count(); cpu++) {
        Ring& ring = rings_[cpu];
        fetch(cpu);
        if (ring.has_next && (!oldest || ring.next.ticks < oldest->next.ticks)) oldest = &ring;
    }
    if (!oldest) return false;
    const u32 cpu = static_cast<u32>(oldest - rings_);
    line_.clear();
    if (oldest->lost != 0) {
        line_.print("... %llu events of cpu%u were overwritten\n", oldest->lost, cpu);
        oldest->lost = 0;
        return true;
    }
    print_event(line_, cpu, oldest->next, opened_ns_, opened_ticks_);
    oldest->has_next = false;
    return true;
}

Result<u32> OpenTrace::read(File&, u64, IoBuffer& buffer)
{
    u32 done = 0;
    while (buffer.remaining() != 0 && (!line_.is_taken() || make_line())) {
        const auto taken = line_.take(buffer);
        if (!taken.ok()) return done != 0 ? Result<u32>{done} : taken;
        done += taken.value();
    }
    return done;
}

class TraceFile final : public SyntheticInode {
public:
    TraceFile(FileSystem& file_system, u64 number) : SyntheticInode{file_system, number, kModeRegular | 0600}
    {
    }
    Result<Ref<FileLike>> open(u32) override
    {
        return Ref<FileLike>{Ref<OpenTrace>::adopt(TRY(make<OpenTrace>()))};
    }
    Result<void> truncate(u64) override
    {
        for (u32 cpu = 0; cpu < cpu_count(); cpu++)
            forgotten[cpu] = trace_end(cpu);
        return {};
    }
    void last_ref_dropped() override { destroy(this); }
};

SleepLock start_lock{LockRank::Inode};

}  // namespace

Result<Ref<Inode>> create_trace_file(FileSystem& file_system, u64 number)
{
    return Ref<Inode>::adopt(TRY(make<TraceFile>(file_system, number)));
}

// ---- /proc/sys/kernel/trace ----

Result<void> write_trace_kinds(TextBuffer& out)
{
    constexpr TraceKind kKinds[] = {TraceKind::Fault, TraceKind::Switch, TraceKind::Syscall};
    const char* separator = "";
    for (const TraceKind kind : kKinds) {
        if (!traces(kind)) continue;
        out.print("%s%s", separator, trace_kind_name(kind));
        separator = ",";
    }
    out.print("%s\n", trace_kinds == 0 ? "off" : "");
    return {};
}

Result<void> accept_trace_kinds(StringView text)
{
    while (text.size() > 0 && text[text.size() - 1] == '\n')
        text = {text.data(), text.size() - 1};
    const u32 kinds = TRY(parse_trace_kinds(text));
    SleepGuard guard{start_lock};
    return trace_start(kinds);
}

}  // namespace faultline
