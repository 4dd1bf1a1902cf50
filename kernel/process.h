// Process: an address space, files, credentials and the tasks that run in them; and its place among the others:
// parent and children, group and session.
//
//   fork --> Running <--> Stopped          the last task leaves          the last switch away from its stack
//               |            (SIGKILL)       --> Exiting                   --> Zombie --> wait4() --> gone
//
// A process is counted; the pid table's count lasts until it is reaped. Fields under "process_lock" are guarded by it;
// the others are changed only by the process's own task (others may read single words).
#pragma once

#include "core/sleep_lock.h"
#include "core/timer.h"
#include "core/wait_queue.h"
#include "fs/path.h"
#include "kernel/abi.h"
#include "kernel/cpu_time.h"
#include "kernel/file_table.h"
#include "kernel/pid_table.h"
#include "kernel/posix_timer.h"
#include "kernel/process_lock.h"
#include "kernel/signal.h"
#include "lib/intrusive_list.h"
#include "lib/ref.h"
#include "mm/address_space.h"

namespace faultline {

class Process;
class Task;
class Tracing;
struct TraceesTag;
struct Receipt;
struct SiblingsTag;
struct GroupMembersTag;
struct ProcessTasksTag;
struct AllProcessesTag;

// ---- Groups and sessions (kernel/job.cpp). Each lives as long as it has members. ----

class Session : public PidEntry {
public:
    Session() : PidEntry{PidKind::Session} {}
    u32 group_count = 0;
    u32 lost_foreground = 0;  // of the terminal that was hung up; process_lock
};

class ProcessGroup : public PidEntry {
public:
    explicit ProcessGroup(Session& s) : PidEntry{PidKind::Group}, session{s} {}
    Session& session;
    u32 member_count = 0;
    u32 stopped_count = 0;
    IntrusiveList<Process, GroupMembersTag> members;
};

// ---- Parts of a process ----

// Where its paths begin. Never changed once made: chdir makes another, and fork shares.
class PathPlaces final : public RefCounted {
public:
    static Result<Ref<PathPlaces>> create(const Place& root, const Place& working);
    void last_ref_dropped();
    const Place& root() const { return root_; }
    const Place& working() const { return working_; }

private:
    PathPlaces(const Place& root, const Place& working) : root_{root}, working_{working} {}
    template <class T, class... A> friend Result<T*> make(A&&...);
    Place root_, working_;
};

// A program's file while it runs: nobody opens it for writing, and it runs only while nobody has.
class RunningFile final : public RefCounted {
public:
    static Result<Ref<RunningFile>> create(Inode& inode);  // TextBusy
    void last_ref_dropped();

private:
    explicit RunningFile(Inode& inode) : inode_{Ref<Inode>::share(&inode)} {}
    template <class T, class... A> friend Result<T*> make(A&&...);
    Ref<Inode> inode_;
};

// What processes made with CLONE_FS share: places that may change, and rights that new files do not get.
class PathView final : public RefCounted {
public:
    static Result<Ref<PathView>> create(Ref<PathPlaces> places, u32 umask);
    void last_ref_dropped();

    Ref<PathPlaces> places;  // process_lock
    u32 umask;

private:
    PathView(Ref<PathPlaces> first_places, u32 first_umask) : places{move(first_places)}, umask{first_umask}
    {
    }
    template <class T, class... A> friend Result<T*> make(A&&...);
};

struct Limit {
    u32 soft, hard;
};

struct Usage {
    CpuSplit cpu;
    u32 minor_faults = 0, major_faults = 0;
    u32 switches_voluntary = 0, switches_forced = 0;
    u32 peak_resident_pages = 0;

    void add(const Usage& other);
};

// What the next exec makes of its address space: call 1005 and prctl. Inherited by fork and exec.
struct MemoryChoices {
    const Policy* policy = &kFullPolicy;
    u32 stack_pages = 0;  // of the xv6 layout; 0: as many as the program's kind gets
    u32 fault_around_pages = kFullPolicy.fault_around_pages;  // at most; the policy may allow fewer
    bool wants_receipt = false;                               // at exit (kernel/receipt.h)
};

// prctl's: what a process says of itself, or wants from us at certain events.
struct ProcessTraits {
    bool keeps_capabilities = false;  // told only: rights follow the user id
    bool has_no_new_privileges = false;
    bool takes_orphans = false;      // of those who come from it (PR_SET_CHILD_SUBREAPER)
    bool has_orphans_taker = false;  // one of those it comes from takes orphans
    bool uses_barriers = false;      // membarrier was told so
    u32 parent_death_signal = 0;
    u32 timer_slack_ns = kTimerSlackNs;

    static constexpr u32 kTimerSlackNs = 50'000;
    ProcessTraits inherited() const;  // a child's
};

struct UserIds {
    u32 real = 0, saved = 0;  // the effective one stands in Credentials
};

enum class ProcessState : u8 { Running, Stopped, Exiting, Zombie };

class Process final : public RefCounted,
                      public PidEntry,
                      public ListNode<AllProcessesTag>,
                      public ListNode<SiblingsTag>,
                      public ListNode<GroupMembersTag> {
public:
    // Bare: no number, no family, no space. Only fork and bring-up make one.
    static Result<Ref<Process>> create();
    void last_ref_dropped();

    u32 pid() const { return number(); }
    bool is_init() const { return number() == 1; }
    const char* name() const { return name_; }
    void set_name(StringView name);  // its own task, or before it runs

    // ---- What it has: its own task's
    Ref<AddressSpace> space_;  // changed under process_lock, for those who look from outside
    Ref<FileTable> files;      // changed under process_lock
    Ref<PathView> view;        // changed under process_lock
    Credentials credentials;
    UserIds uids, gids;
    u32 personality = 0;   // personality(2); kernel/abi.h has the bits that mean something here
    bool dumpable = true;  // prctl(PR_SET_DUMPABLE); another identity takes it away
    MemoryChoices memory;
    ProcessTraits traits;  // process_lock: has_orphans_taker, takes_orphans, parent_death_signal
    Limit limits[kResources];
    Place executable;                                          // changed under process_lock
    UserAddr stack_start;                                      // esp as exec made it: argc stands there
    Ref<RunningFile> running;                                  // the same file's; changed under process_lock
    UserAddr arguments_start, arguments_end, environment_end;  // strings, for /proc/PID/cmdline
    i16 oom_adjust = 0, oom_adjust_least = 0;  // oom_score_adj, and how low who is not root may set it
    u64 started_ns = 0;
    u32 faults_before_minor = 0,
        faults_before_major = 0;  // of spaces that exec left, less what a shared one had
    u32 peak_resident_before = 0;
    Receipt* receipt = nullptr;  // ours; made at exit, for whoever looks before we are reaped
    SleepLock timers_lock{
        LockRank::Process};  // one change of its timers at a time; taken before process_lock
    PosixTimerSet timers;
    Timer real_timer;          // setitimer(ITIMER_REAL), alarm
    u64 real_interval_ns = 0;  // process_lock

    AddressSpace& space() const { return *space_; }
    u32 umask() const { return view->umask; }

    // ---- process_lock: state and signals
    ProcessState state = ProcessState::Running;
    u32 exit_status = 0;  // as wait4 shows it
    u32 stop_signal = 0;  // why it stopped
    bool stopping =
        false;  // each task stops when it would go back to user mode; with the last, we are Stopped
    u32 tasks_to_stop = 0;  // yet
    u32 stop_round = 0;     // counts stops
    bool stop_unreported = false, continue_unreported = false;
    bool exiting = false;  // all tasks are to leave, with exit_status
    u32 live_tasks = 0;    // which have not given back their part of us
    bool was_killed_for_memory = false;
    SignalActions actions;
    PendingSignals pending;
    WaitQueue resumed;       // stopped tasks sleep here
    WaitQueue signals_kept;  // a signal came that nobody has unblocked (kernel/signal_file.h)
    IntrusiveList<Task, ProcessTasksTag> tasks;  // until the last switch away from their stacks
    WaitQueue task_gone;                         // exec sleeps here until it is alone
    Usage usage;                                 // of tasks that have left, but for CPU time; see usage_now()
    CpuTime cpu_of_gone;                         // tasks
    CpuSplit cpu_shown;
    CpuAlarm virtual_alarm, profile_alarm;  // setitimer
    bool watches_cpu = false;               // a tick has something to look at
    Usage children_usage;                   // of children that were waited for

    // ---- process_lock: family
    Process* parent = nullptr;  // null: init, or parent gone before init existed
    u32 exit_signal = kSigChild;
    u32 execs = 0,
        parents_execs = 0;  // programs begun: by this process; by its parent, when this one was made
    u32 made_by = 0;        // tid of the parent's task
    IntrusiveList<Process, SiblingsTag> children;  // alive
    IntrusiveList<Process, SiblingsTag> zombies;   // children that wait4 may take
    WaitQueue child_changed;
    WaitQueue ended;                             // Zombie, or reaped: who polls a pidfd stands here
    u32 continues = 0;                           // SIGCONTs so far
    IntrusiveList<Tracing, TraceesTag> tracees;  // kernel/tracing.h
    Tracing* leader_tracing =
        nullptr;  // of the first task, which has left: its tracer is told before the parent
    ProcessGroup* group = nullptr;
    bool gave_up_terminal = false;  // TIOCNOTTY of one who does not lead the session; children too
    bool has_executed = false;
    Process* vfork_parent = nullptr;  // sleeps until we leave its space
    WaitQueue vfork_done;

    Session& session() const { return group->session; }
    bool is_session_leader() const { return session().number() == pid(); }

    Ref<AddressSpace> share_space() EXCLUDES(process_lock);  // null while it has none
    Ref<PathPlaces> share_places() EXCLUDES(process_lock);   // null while it has none
    Ref<PathView> share_view() EXCLUDES(process_lock);       // null while it has none

private:
    template <class T, class... A> friend Result<T*> make(A&&...);
    template <class T> friend void destroy(T*);
    Process();
    ~Process() = default;

    char name_[16] = {};
};

// ---- The table of processes (kernel/process.cpp) ----

extern PidTable pids;  // process_lock
extern IntrusiveList<Process, AllProcessesTag> all_processes;

u32 process_count();  // zombies too
u32 task_count();
u64 processes_created();

Process* find_process_locked(u32 pid) REQUIRES(process_lock);
Ref<Process> find_process(u32 pid) EXCLUDES(process_lock);  // null if there is none (zombies are found)
Process& init_process();

// Makes the process visible: number, family, group. Its first task gets the same number. Again: no number is free.
Result<void> enlist(Process& child, Task& task, Process* parent) EXCLUDES(process_lock);
// One more task of the running one's process. Again: no number is free; Intr: `self` is to end.
Result<void> enlist_thread(Task& self, Task& task) EXCLUDES(process_lock);

// The table's count, now the caller's; the number is free unless a group still has it.
Ref<Process> delist_locked(Process& process) REQUIRES(process_lock);

Usage usage_now(Process& process) EXCLUDES(process_lock);  // tasks that run included
// Puts what is one task's own in place of the process's. Faults and memory are counted for the whole space.
void note_own_usage_locked(Task& task, Usage& usage) REQUIRES(process_lock);

// ---- Groups and sessions (kernel/job.cpp) ----

ProcessGroup* find_group_locked(u32 group) REQUIRES(process_lock);
void join_group_locked(Process& process, ProcessGroup& group) REQUIRES(process_lock);
void leave_group_locked(Process& process) REQUIRES(process_lock);
Result<void> set_group(Process& caller, i32 pid, i32 group) EXCLUDES(process_lock);
Result<u32> begin_session(Process& process) EXCLUDES(process_lock);
bool is_orphaned_locked(ProcessGroup& group, const Process* leaving = nullptr) REQUIRES(process_lock);
// `leaving`, which is `child` or its `parent`, goes: if that cut the last bond of the child's group to the rest of its
// session, and a member is stopped, all get SIGHUP and SIGCONT.
void note_orphaned_locked(Process& child, const Process& parent, const Process& leaving)
    REQUIRES(process_lock);
void hang_up_terminal(Process& process) EXCLUDES(process_lock);  // vhangup
void leave_terminal(Process& leader) EXCLUDES(process_lock);     // at the leader's end
void connect_terminals();                                        // gives the tty its hooks

// ---- The end (kernel/exit.cpp) ----

// `status` as wait4 shows it: code << 8, or a signal.
[[noreturn]] void exit_process(Task& self, u32 status);  // with all its tasks
[[noreturn]] void exit_task(Task& self, u32 status);     // this one; the last one's end is the process's
// All tasks are to end; the process's status stands from now on, unless one stood already.
void begin_exit_locked(Process& process, u32 status) REQUIRES(process_lock);
// exec: the other tasks end, and `self` becomes the leader. Intr: it is to end itself.
Result<void> become_only_task(Task& self) EXCLUDES(process_lock);
// Takes an ended task off its process. True: it was the last.
bool note_task_gone_locked(Task& task, Process& process) REQUIRES(process_lock);
// The last switch away from the last task's stack is done. Interrupts are off.
void become_zombie(Process& process);
// Tells the parent of a zombie; taken out of the table at once where the parent does not want to know.
Ref<Process> announce_zombie_locked(Process& process) REQUIRES(process_lock);
// Takes a zombie out of the table and its family; the caller drops the count after unlocking.
Ref<Process> reap_locked(Process& process) REQUIRES(process_lock);
// Tells the parent of a stop, continuation or end.
void notify_parent_locked(Process& child, i32 code, u32 value) REQUIRES(process_lock);
void release_vfork_parent(Process& process) EXCLUDES(process_lock);

// ---- Stopping (kernel/stop.cpp) ----

// The task took a stop signal, or finds that another did. Returns when the process goes on, or the task is to end.
void stop_locked(Task& self, u32 signal) REQUIRES(process_lock);
bool has_to_stop_locked(const Task& task) REQUIRES(process_lock);
void join_stop_locked(Task& self) REQUIRES(process_lock);
// SIGCONT, SIGKILL. True: it was Stopped.
bool end_stop_locked(Process& process) REQUIRES(process_lock);
// A task that ends is not waited for; one that begins is.
void leave_stop_locked(Task& self) REQUIRES(process_lock);
void enter_stop_locked(Task& fresh) REQUIRES(process_lock);

// ---- Waiting (kernel/wait.cpp) ----

struct WaitAnswer {
    u32 pid = 0;  // 0: nobody yet (kWaitNoHang)
    u32 status = 0;
    u32 uid = 0;
    Usage usage;
    bool is_trap = false;  // a stop for the tracer
};
// `which` as wait4's pid; `options` as waitid's. NoChild, RestartSys.
Result<WaitAnswer> wait_for_child(Task& self, i32 which, u32 options);

}  // namespace faultline
