#include "kernel/first_process.h"

#include "core/log.h"
#include "core/options.h"
#include "core/scheduler.h"
#include "dev/block.h"
#include "fs/namespace.h"
#include "kernel/exec.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/fail.h"

namespace faultline {

constexpr u32 kFirstUmask = 022;

namespace {

constexpr u32 kMostArguments = 32;

struct Reason {
    Errno error;
    const char* text;
};

const char* describe(Errno error)
{
    static const Reason reasons[] = {
        {Errno::NoEntry, "there is no such file, or the dynamic linker that it names is missing"},
        {Errno::Access, "it is not an executable file"},
        {Errno::NoExec, "it is not an ELF program for i386 that this kernel can run"},
        {Errno::LibBad, "the dynamic linker that it names is not an ELF program for i386"},
        {Errno::Io, "the disk could not be read"},
        {Errno::NoMemory, "there is not enough memory"},
        {Errno::Invalid, "it is not a file system that this kernel knows, or it is damaged"},
        {Errno::NoDevice, "there is no such disk"},
        {Errno::NotDirectory, "a part of the path is not a directory"},
        {Errno::NotSupported, "it needs a feature that this kernel does not have"},
    };
    for (const Reason& reason : reasons)
        if (reason.error == error) return reason.text;
    return "of an error";
}

// ---- The root file system ----

void list_disks()
{
    if (!first_block_device())
        log_error("there is no disk at all: give one by -drive, or an image as a module");
    for (BlockDevice* disk = first_block_device(); disk; disk = next_block_device(*disk))
        log_error("disk %s: %u MiB", disk->name(), static_cast<u32>(disk->size_bytes() / kMiB));
}

// root=/dev/vda, root=vda; by default the first virtio disk, else the image that the boot loader brought.
BlockDevice& find_root_disk()
{
    StringView name = option("root") ? option("root") : "";
    if (name.starts_with("/dev/")) name = {name.data() + 5, name.size() - 5};
    BlockDevice* disk = name.empty() ? find_block_device("vda") : find_block_device(name);
    if (!disk && name.empty()) disk = find_block_device("ram0");
    if (disk) return *disk;
    list_disks();
    if (name.empty())
        panic("no root file system: there is neither a disk vda nor an image in memory (root= names one)");
    panic("no root file system: there is no disk %s (root=)", name.data());
}

Place mount_root_disk()
{
    BlockDevice& disk = find_root_disk();
    char source[16] = "/dev/";
    copy_string({source + 5, sizeof source - 5}, disk.name());
    const char* type = option("rootfstype");
    const u32 flags = option_flag("ro") ? kMountReadOnly : 0;
    auto root = mount_root(type && type[0] ? type : "ext2", &disk, source, flags);
    if (root.ok()) return root.take();
    list_disks();
    panic("no root file system: %s cannot be mounted: %s (error %u)", source, describe(root.error()),
          static_cast<u32>(root.error()));
}

void mount_devices(const PathContext& context)
{
    const auto place = resolve(context, "/dev", Walk::Directory);
    auto mounted = place.ok() ? mount_at(place.value(), "devfs", "devfs", 0) : Result<void>{place.error()};
    if (!mounted.ok())
        log_error("devfs cannot be mounted on /dev: error %u. Programs will miss their console",
                  static_cast<u32>(mounted.error()));
    const auto terminals = resolve(context, "/dev/pts", Walk::Directory);
    if (terminals.ok()) mounted = mount_at(terminals.value(), "devpts", "devpts", 0);
    if (!terminals.ok() || !mounted.ok()) log_error("devpts cannot be mounted on /dev/pts");
}

void mount_where_wanted(const PathContext& context, const char* path, const char* type)
{
    const auto place = resolve(context, path, Walk::Directory);
    if (place.ok() && !mount_at(place.value(), type, type, 0).ok())
        log_warn("%s cannot be mounted on %s", type, path);
}

// `init=` names a program that will hardly mount anything itself: a shell, a test. With /proc, `ps` works in it.
void mount_for_shell(const PathContext& context)
{
    const char* chosen = option("init");
    if (!chosen || !chosen[0]) return;
    mount_where_wanted(context, "/proc", "proc");
    mount_where_wanted(context, "/sys", "sysfs");
}

Result<void> open_console(Process& process, const PathContext& context)
{
    Ref<File> console = TRY(open_file(context, "/dev/console", kOpenReadWrite | kOpenNoTerminal, 0));
    for (u32 fd = 0; fd < 3; fd++)
        TRY(process.files->add(console, OnExec::Keep, FileTable::kMost));
    return {};
}

// ---- init ----

// Splits what stands behind ` -- ` at blanks.
u32 split_words(const char* text, Span<StringView> words)
{
    u32 count = 0;
    while (count < words.size()) {
        while (*text == ' ')
            text++;
        if (*text == 0) break;
        const char* start = text;
        while (*text != 0 && *text != ' ')
            text++;
        words[count++] = {start, static_cast<usize>(text - start)};
    }
    return count;
}

Result<void> try_init(Task& self, StringView path, TrapFrame& registers)
{
    StringView arguments[kMostArguments] = {path};
    const u32 count = 1 + split_words(init_arguments(), Span<StringView>{arguments}.from(1));
    const StringView environment[] = {"HOME=/", "TERM=linux",
                                      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
    return execute_first(self, path, {arguments, count}, environment, registers);
}

[[noreturn]] void give_up_on(const char* path, Errno error)
{
    panic("no init: %s cannot be run: %s (error %u)", path, describe(error), static_cast<u32>(error));
}

// The program that the command line names, or the first that there is of those that Linux tries.
void become_init(Task& self, TrapFrame& registers)
{
    const char* chosen = option("init");
    report_unknown_options();  // this was the last that anybody asks for
    if (chosen && chosen[0]) {
        const auto executed = try_init(self, chosen, registers);
        if (!executed.ok()) give_up_on(chosen, executed.error());
        return;
    }
    const char* const usual[] = {"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};
    for (const char* path : usual) {
        const auto executed = try_init(self, path, registers);
        if (executed.ok()) return;
        if (executed.error() != Errno::NoEntry) give_up_on(path, executed.error());
    }
    panic("no init: there is none of /sbin/init, /etc/init, /bin/init and /bin/sh (init= names another)");
}

// fail=kalloc:N: the Nth allocation after init's start fails. 0: none.
u32 failing_allocation()
{
    const char* wanted = option("fail");
    if (!wanted) return 0;
    const StringView kind = "kalloc:";
    const bool known = StringView{wanted}.starts_with(kind);
    const Optional<u64> n = known ? parse_size(wanted + kind.size()) : Optional<u64>{};
    if (!n || *n > 0xffffffff) log_warn("option fail=%s: not kalloc:N", wanted);
    return static_cast<u32>(n.value_or(0));
}

void begin(void*)
{
    Task& self = current_task();
    Process& process = self.process();
    const Place root = mount_root_disk();
    auto places = PathPlaces::create(root, root);
    if (!places.ok()) panic("no memory for init");
    auto view = PathView::create(places.take(), kFirstUmask);
    if (!view.ok()) panic("no memory for init");
    process.view = view.take();
    const PathContext context{root, root, process.credentials};
    mount_devices(context);
    mount_for_shell(context);
    const auto opened = open_console(process, context);
    if (!opened.ok()) log_error("/dev/console cannot be opened: error %u", static_cast<u32>(opened.error()));
    TrapFrame registers;
    const u32 failing = failing_allocation();
    become_init(self, registers);
    fail_nth_allocation_of_all(failing);
    enter_user(registers);
}

Result<void> make_first_process()
{
    Ref<Process> process = TRY(Process::create());
    process->files = TRY(FileTable::create());
    process->memory = first_memory_choices();
    process->set_name("init");
    Task* task = TRY(Task::create(*process));
    fpu_init_state(task->fpu_state);
    TRY(enlist(*process, *task, nullptr));
    TRY(begin_session(*process));
    thread_init(*task, task->stack_low, task->stack_high, begin, nullptr);
    start(*task);
    return {};
}

}  // namespace

void start_first_process()
{
    if (!make_first_process().ok()) panic("no memory for the first process");
}

}  // namespace faultline
