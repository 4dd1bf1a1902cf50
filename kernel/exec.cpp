#include "kernel/exec.h"

#include "arch/x86.h"
#include "core/assert.h"
#include "core/log.h"
#include "core/options.h"
#include "core/random.h"
#include "core/scheduler.h"
#include "fs/namespace.h"
#include "kernel/futex.h"
#include "kernel/program_stack.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/elf.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/reclaim.h"

namespace faultline {

namespace {

constexpr u32 kMostScripts = 4;   // scripts whose interpreters are scripts
constexpr u32 kScriptHead = 255;  // bytes of the first line that count
constexpr u32 kLeastArguments = 128 * kKiB;
constexpr u32 kStartFlags = 0x202;  // interrupts on, nothing else
constexpr u32 kFeatureLeaf = 1;

constexpr u32 kXv6StackPages = 16;  // of programs that start as on Linux
constexpr u32 kMarkedStackPages = 1;

u32 guard_gap_pages = SpaceLimits{}.guard_gap_pages;
bool randomizes_layout = false;  // aslr=1
MemoryChoices boot_choices;

// A `#!` line: the interpreter, and one argument or none.
struct ScriptLine {
    char interpreter[kScriptHead + 1];
    char argument[kScriptHead + 1];
};

// ---- Finding the program ----

struct Program {
    Place place;
    Ref<RunningFile> running;
    Ref<MemoryObject> object;
    u32 size_bytes = 0;
};

Result<Program> find_program(const PathContext& context, StringView path, Walk walk)
{
    Program program;
    program.place = TRY(resolve(context, path, walk));
    Inode& inode = program.place.inode();
    if (inode.is_symbolic_link()) return Errno::Loop;  // AT_SYMLINK_NOFOLLOW
    if (!inode.is_regular()) return Errno::Access;
    if ((program.place.mount->flags() & kMountNoExec) != 0) return Errno::Access;
    TRY(inode.check_permission(context.credentials, Permission::Execute));
    program.running = TRY(RunningFile::create(inode));
    program.object = TRY(inode.object());
    if (!program.object) return Errno::NoExec;
    const u64 size = inode.size_bytes();
    program.size_bytes = size > 0x7fffffff ? 0x7fffffff : static_cast<u32>(size);
    return program;
}

// The file's first page, kept in memory while this lives.
class Head {
public:
    explicit Head(Frame frame) : frame_{frame} {}
    ~Head() { release_frame(frame_); }
    Head(const Head&) = delete;
    Head& operator=(const Head&) = delete;
    Span<const u8> bytes(u32 file_size) const
    {
        return {static_cast<const u8*>(frame_memory(frame_)), min(file_size, kElfHeadBytes)};
    }

private:
    Frame frame_;
};

Result<Frame> read_head(const Program& program)
{
    if (program.size_bytes == 0) return Errno::NoExec;
    bool was_read;
    auto frame = program.object->get_page(PageIndex{0}, Access::Read, was_read);
    if (!frame.ok() && frame.error() == Errno::Fault) return Errno::NoExec;  // cut off meanwhile
    return frame;
}

// Notes that are not within one page of the file are nobody's that we know.
Result<bool> notes_mark_xv6(const Program& program, const ElfNotes& notes)
{
    const u32 offset = notes.file_offset % kPageSize;
    if (notes.file_size > min(kMaxNoteBytes, kPageSize - offset)) return false;
    if (notes.file_offset > program.size_bytes || notes.file_size > program.size_bytes - notes.file_offset)
        return false;
    bool was_read;
    const PageIndex page{notes.file_offset / kPageSize};
    const Frame frame = TRY(program.object->get_page(page, Access::Read, was_read));
    const bool marks =
        notes_mark_xv6(Span<const u8>{static_cast<const u8*>(frame_memory(frame)) + offset, notes.file_size});
    release_frame(frame);
    return marks;
}

// As many bytes of the file; NoExec where it ends before.
Result<void> read_bytes(const Program& program, u32 offset, Span<char> out)
{
    for (u32 done = 0; done < out.size();) {
        const u32 in_page = (offset + done) % kPageSize;
        const u32 count = min(kPageSize - in_page, static_cast<u32>(out.size()) - done);
        bool was_read;
        const auto frame =
            program.object->get_page(PageIndex{(offset + done) / kPageSize}, Access::Read, was_read);
        if (!frame.ok()) return frame.error() == Errno::Fault ? Errno::NoExec : frame.error();
        memcpy(out.data() + done, static_cast<const u8*>(frame_memory(frame.value())) + in_page, count);
        release_frame(frame.value());
        done += count;
    }
    return {};
}

bool is_blank(u8 byte)
{
    return byte == ' ' || byte == '\t';
}

void copy_text(char* to, const u8* from, u32 size)
{
    memcpy(to, from, size);
    to[size] = 0;
}

// `#! interpreter [argument]`: as in Linux all behind the first word is one argument, without blanks around it.
Result<void> parse_script(Span<const u8> head, ScriptLine& line)
{
    u32 end = 2;
    const u32 limit = min(static_cast<u32>(head.size()), kScriptHead);
    while (end < limit && head[end] != '\n' && head[end] != 0)
        end++;
    if (end == kScriptHead) return Errno::NoExec;  // too long: the name might be cut
    while (end > 2 && is_blank(head[end - 1]))
        end--;
    u32 at = 2;
    while (at < end && is_blank(head[at]))
        at++;
    u32 word_end = at;
    while (word_end < end && !is_blank(head[word_end]))
        word_end++;
    if (word_end == at) return Errno::NoExec;
    copy_text(line.interpreter, &head[at], word_end - at);
    while (word_end < end && is_blank(head[word_end]))
        word_end++;
    copy_text(line.argument, &head[word_end], end - word_end);
    return {};
}

// ---- One execve under way ----

class Execution {
public:
    Execution(Task& self, const ProgramName& name)
        : self_{self}, process_{self.process()}, name_{name}, stack_{most_argument_bytes(self.process())}
    {
    }
    ~Execution() { heap_free(scripts_); }

    Result<void> find();             // the program, through scripts
    Result<void> begin_arguments();  // what a script puts in front of them
    ProgramStack& stack() { return stack_; }
    bool is_script() const { return script_count_ > 0; }
    bool is_for_xv6() const { return marked_; }
    Result<void> build();               // the new space
    void commit(TrapFrame& registers);  // cannot fail

private:
    static u32 most_argument_bytes(const Process& process);
    Result<bool> is_marked();
    Result<void> make_space();
    Result<Program> find_interpreter();
    Result<Program> find_interpreter(Span<char> path);
    Result<void> add_interpreter();
    Result<bool> look_at(const ProgramName& name);
    void choose_ids();
    void commit_ids();
    void commit_space();
    void commit_signals();
    void commit_registers(TrapFrame& registers);

    Task& self_;
    Process& process_;
    const ProgramName& name_;
    Program program_;
    ElfImage image_;       // once find() has found it
    bool marked_ = false;  // written for xv6
    ScriptLine* scripts_ = nullptr;
    u32 script_count_ = 0;
    UserAddr entry_;             // of the program, or of its interpreter
    u32 interpreter_shift_ = 0;  // AT_BASE
    ProgramStack stack_;
    ProgramStack::Start start_{};
    Ref<AddressSpace> space_;
    Ref<FileTable> own_files_;
    u32 effective_uid_ = 0, effective_gid_ = 0;
};

u32 Execution::most_argument_bytes(const Process& process)
{
    return max(kLeastArguments, min(process.limits[kLimitStack].soft / 4, 6 * kMiB));
}

// True: it is a program, image_ says how it lies. False: a script, whose line was added to scripts_.
Result<bool> Execution::look_at(const ProgramName& name)
{
    Ref<PathPlaces> places = process_.share_places();
    const Place& start = name.start ? *name.start : places->working();
    program_ = TRY(find_program({places->root(), start, process_.credentials}, name.path, name.walk));
    const Head head{TRY(read_head(program_))};
    const Span<const u8> bytes = head.bytes(program_.size_bytes);
    if (bytes.size() < 2 || bytes[0] != '#' || bytes[1] != '!') {
        const auto checked = check_elf(bytes, program_.size_bytes);
        if (!checked.ok()) return checked.error();
        image_ = checked.value();
        return true;
    }
    if (script_count_ == kMostScripts) return Errno::Loop;
    if (name.is_closed) return Errno::NoEntry;
    if (!scripts_)
        scripts_ = static_cast<ScriptLine*>(
            TRY(with_room([] { return heap_allocate(kMostScripts * sizeof(ScriptLine)); })));
    TRY(parse_script(bytes, scripts_[script_count_]));
    script_count_++;
    return false;
}

Result<void> Execution::find()
{
    bool found = TRY(look_at(name_));
    while (!found)
        found = TRY(look_at(ProgramName{scripts_[script_count_ - 1].interpreter}));
    marked_ = TRY(is_marked());
    if (marked_ && (image_.movable || image_.interpreter_size != 0)) return Errno::NoExec;  // xv6 has neither
    choose_ids();
    return {};
}

Result<bool> Execution::is_marked()
{
    for (u32 i = 0; i < image_.notes_count; i++)
        if (TRY(notes_mark_xv6(program_, image_.notes[i]))) return true;
    return false;
}

Result<void> Execution::begin_arguments()
{
    for (u32 level = script_count_; level-- > 0;) {
        TRY(stack_.add(scripts_[level].interpreter));
        if (scripts_[level].argument[0] != 0) TRY(stack_.add(scripts_[level].argument));
    }
    return is_script() ? stack_.add(name_.shown) : Result<void>{};
}

// Set-id bits count for programs, not for scripts.
void Execution::choose_ids()
{
    const Inode& inode = program_.place.inode();
    effective_uid_ = process_.credentials.uid;
    effective_gid_ = process_.credentials.gid;
    if (is_script() || (program_.place.mount->flags() & kMountNoSetId) != 0) return;
    if (self_.trace.by && !process_.credentials.is_root()) return;  // no power for who has a tracer
    if ((inode.mode() & kModeSetUser) != 0) effective_uid_ = inode.uid();
    const u32 set_group = kModeSetGroup | static_cast<u32>(Permission::Execute) << 3;
    if ((inode.mode() & set_group) == set_group) effective_gid_ = inode.gid();
}

// Linux's ranges for i386, but for mappings and programs: 8 MiB instead of 1, since nothing else is to be had for it.
SpaceShifts random_shifts()
{
    constexpr u32 kHeapPages = 32 * kMiB / kPageSize, kOtherPages = 8 * kMiB / kPageSize;
    u32 random[4];
    random_bytes({reinterpret_cast<u8*>(random), sizeof random});
    return {random[0] % kOtherPages, random[1] % kHeapPages, random[2] % kOtherPages,
            random[3] % kOtherPages};
}

SpaceLimits space_limits(const Process& process)
{
    SpaceLimits limits;
    limits.stack_bytes = process.limits[kLimitStack].soft;
    limits.data_bytes = process.limits[kLimitData].soft;
    limits.space_bytes = process.limits[kLimitSpace].soft;
    limits.guard_gap_pages = guard_gap_pages;
    limits.fault_around_pages = process.memory.fault_around_pages;
    if (randomizes_layout && (process.personality & kNoRandomize) == 0) limits.shifts = random_shifts();
    return limits;
}

// A program written for xv6 needs xv6's layout, whatever was inherited.
Result<void> Execution::make_space()
{
    const MemoryChoices& chosen = process_.memory;
    const Policy& policy = marked_ && chosen.policy->layout != Layout::Xv6 ? kCowPolicy : *chosen.policy;
    const u32 usual_pages = marked_ ? kMarkedStackPages : kXv6StackPages;
    space_ = TRY(AddressSpace::create(policy, space_limits(process_)));
    TRY(place_elf(*space_, image_, program_.object,
                  chosen.stack_pages != 0 ? chosen.stack_pages : usual_pages));
    entry_ = image_.entry;
    return image_.interpreter_size != 0 ? add_interpreter() : Result<void>{};
}

// The dynamic linker that the program names. What is wrong with the name is the program's fault.
Result<Program> Execution::find_interpreter()
{
    const u32 size = image_.interpreter_size;
    char* const path = static_cast<char*>(TRY(with_room([size] { return heap_allocate(size); })));
    auto found = find_interpreter({path, size});
    heap_free(path);
    return found;
}

Result<Program> Execution::find_interpreter(Span<char> path)
{
    TRY(read_bytes(program_, image_.interpreter_offset, path));
    if (path[path.size() - 1] != 0) return Errno::NoExec;
    Ref<PathPlaces> places = process_.share_places();
    return find_program({places->root(), places->working(), process_.credentials}, path.data(), Walk::Follow);
}

// Checked as strictly as the program. Its own PT_INTERP, if it has one (a C library does), counts for nothing.
Result<void> Execution::add_interpreter()
{
    const Program interpreter = TRY(find_interpreter());
    if (interpreter.size_bytes < kElfHeaderBytes) return Errno::Io;
    auto image = [&interpreter]() -> Result<ElfImage> {
        const Head head{TRY(read_head(interpreter))};
        return check_elf(head.bytes(interpreter.size_bytes), interpreter.size_bytes);
    }();
    if (!image.ok()) return image.error() == Errno::NoExec ? Errno::LibBad : image.error();
    TRY(place_interpreter(*space_, image.value(), interpreter.object));
    interpreter_shift_ = image.value().shift;
    entry_ = image.value().entry;
    return {};
}

Result<void> Execution::build()
{
    TRY(stack_.set_path(name_.shown));
    TRY(make_space());
    const UserIds& uids = process_.uids;
    const UserIds& gids = process_.gids;
    const bool secure = uids.real != effective_uid_ || gids.real != effective_gid_;
    const u32 auxiliary[] = {
        kAuxHardware,
        cpuid(kFeatureLeaf).edx,
        kAuxPageSize,
        kPageSize,
        kAuxClockTick,
        kUserTicksPerSecond,
        kAuxHeaders,
        image_.headers.value(),
        kAuxHeaderSize,
        image_.header_size,
        kAuxHeaderCount,
        image_.header_count,
        kAuxBase,
        interpreter_shift_,
        kAuxFlags,
        0,
        kAuxEntry,
        image_.entry.value(),
        kAuxUid,
        uids.real,
        kAuxEffectiveUid,
        effective_uid_,
        kAuxGid,
        gids.real,
        kAuxEffectiveGid,
        effective_gid_,
        kAuxSecure,
        secure,
        kAuxHardware2,
        0,
        kAuxMinSignalStack,
        2048,
    };
    start_ = TRY(marked_ ? stack_.build_xv6(*space_) : stack_.build(*space_, auxiliary));
    if (process_.files && process_.files->ref_count() > 1) own_files_ = TRY(process_.files->copy());
    return {};
}

// ---- The point of no return ----

StringView base_name(StringView path)
{
    usize start = 0;
    for (usize i = 0; i < path.size(); i++)
        if (path[i] == '/') start = i + 1;
    return {path.data() + start, path.size() - start};
}

void Execution::commit_space()
{
    Ref<AddressSpace> old = process_.space_;
    Place old_executable = process_.executable;
    Ref<RunningFile> old_running = program_.running;
    const u32 peak = old ? old->usage().peak_resident : 0;
    switch_space(&space_->loaded());
    {
        SpinGuard guard{process_lock};
        if (old) {
            process_.faults_before_minor += old->fault_counts().minor;
            process_.faults_before_major += old->fault_counts().major;
            process_.peak_resident_before = max(process_.peak_resident_before, peak);
        }
        process_.space_ = move(space_);
        process_.executable = program_.place;
        process_.stack_start = start_.esp;
        swap(process_.running, old_running);
        process_.arguments_start = start_.arguments;
        process_.arguments_end = start_.arguments_end;
        process_.environment_end = start_.environment_end;
    }
    release_vfork_parent(process_);
}

void Execution::commit_ids()
{
    Credentials& who = process_.credentials;
    const bool changed = who.uid != effective_uid_ || who.gid != effective_gid_;
    const bool is_itself = process_.uids.real == effective_uid_ && process_.gids.real == effective_gid_;
    if (changed) process_.personality &= ~u32{kPersonalityNotSetId};
    process_.dumpable = !changed && is_itself;
    who.uid = who.file_uid = process_.uids.saved = effective_uid_;
    who.gid = who.file_gid = process_.gids.saved = effective_gid_;
}

void Execution::commit_signals()
{
    process_.timers.remove_all(process_);
    SpinGuard guard{process_lock};
    process_.actions.reset_handlers();
    process_.exit_signal = kSigChild;
    process_.execs++;
    process_.has_executed = true;
    self_.alternate_stack = {0, kStackDisabled, 0};
    self_.restore_blocked = false;
    self_.futexes_released = self_.owner_of_waiters = false;
    update_signal_marks_locked(self_);  // what another task was to take
}

void Execution::commit_registers(TrapFrame& registers)
{
    for (TlsDescriptor& descriptor : self_.tls)
        descriptor = TlsDescriptor{};
    load_tls(self_.tls);
    self_.debug = DebugRegisters{};
    fpu_reset();
    registers = TrapFrame{};
    registers.ds = registers.es = registers.ss = kUserData;
    registers.cs = kUserCode;
    registers.eip = entry_.value();
    registers.esp = start_.esp.value();
    registers.eflags = kStartFlags;
}

void Execution::commit(TrapFrame& registers)
{
    commit_space();
    if (own_files_) {
        SpinGuard guard{process_lock};
        swap(process_.files, own_files_);
    }
    if (process_.files) process_.files->close_on_exec();
    commit_ids();
    commit_signals();
    process_.set_name(base_name(name_.shown));
    self_.Thread::set_name(base_name(name_.shown));
    commit_registers(registers);
}

Result<void> add_user_list(ProgramStack& stack, UserPtr<const u32> list, u32 skipped)
{
    if (list.is_null()) return {};
    for (u32 i = skipped;; i++) {
        const u32 text = TRY(list.at(i).read());
        if (text == 0) return {};
        TRY(stack.add_from_user(UserAddr{text}));
    }
}

// A script's own name stands where the caller's argument 0 was.
Result<void> add_user_arguments(Execution& execution, UserPtr<const u32> arguments)
{
    const bool has_first = !arguments.is_null() && TRY(arguments.read()) != 0;
    return add_user_list(execution.stack(), arguments, execution.is_script() && has_first ? 1 : 0);
}

}  // namespace

void init_exec()
{
    guard_gap_pages = static_cast<u32>(option_size("stack_guard_gap", guard_gap_pages));
    randomizes_layout = option_flag("aslr");
    if (const char* name = option("vm")) {
        const Policy* policy = find_policy(name);
        if (policy)
            boot_choices.policy = policy;
        else
            log_error("vm=%s: there are the policies stock, lazy, cow and full", name);
    }
    const u32 window = static_cast<u32>(option_size("fault_around", kLargestFaultAround));
    if (is_fault_around(window))
        boot_choices.fault_around_pages = window / kPageSize;
    else
        log_error("fault_around=%u: a power of two from 4K to 64K is wanted", window);
}

bool exec_randomizes()
{
    return randomizes_layout;
}

MemoryChoices first_memory_choices()
{
    return boot_choices;
}

Result<void> execute(Task& self, const ProgramName& name, UserPtr<const u32> arguments,
                     UserPtr<const u32> environment, TrapFrame& registers)
{
    const u32 old_tid = self.tid();
    Execution execution{self, name};
    TRY(execution.find());
    TRY(execution.begin_arguments());
    TRY(add_user_arguments(execution, arguments));
    if (execution.stack().argument_count() == 0) TRY(execution.stack().add(""));
    TRY(execution.stack().end_list());
    TRY(add_user_list(execution.stack(), environment, 0));
    TRY(execution.stack().end_list());
    TRY(execution.build());
    TRY(self.process().actions.stop_sharing());
    release_futexes(self);  // of the old program
    TRY(become_only_task(self));
    execution.commit(registers);
    if (self.trace.by || self.process().leader_tracing) trace_exec(self, old_tid);
    return {};
}

Result<void> execute_first(Task& self, StringView path, Span<const StringView> arguments,
                           Span<const StringView> environment, TrapFrame& registers)
{
    const ProgramName name{path};
    Execution execution{self, name};
    TRY(execution.find());
    TRY(execution.begin_arguments());
    for (StringView argument : execution.is_script() ? arguments.from(1) : arguments)
        TRY(execution.stack().add(argument));
    TRY(execution.stack().end_list());
    for (StringView setting : environment)
        TRY(execution.stack().add(setting));
    TRY(execution.stack().end_list());
    TRY(execution.build());
    // In xv6 nothing is open: init makes its console itself.
    if (execution.is_for_xv6()) self.process().files = TRY(FileTable::create());
    execution.commit(registers);
    return {};
}

}  // namespace faultline
