// Every allocation that a call makes fails once: call by call, the first, the second, and so on until the call gets through
// before its turn comes. Each time the call must report the error that it documents, leave nothing behind, and work the
// next time. What is left behind shows as frames and heap objects that grow from round to round.
#include "parts.h"

#include <dirent.h>
#include <faultline.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum { kRounds = 4, kMostAllocations = 400 };

struct call {
    int (*attempt)(void);  // 0, or -1 and errno
    void (*undo)(void);    // after a success
    int other_error;       // what it may say instead of ENOMEM; 0: nothing
};

static void nothing(void) {}

// Objects of the kernel's heap that are in use.
static long heap_objects(void)
{
    char line[256];
    long sum = 0;
    FILE* file = fopen("/proc/slabinfo", "r");
    check(file);
    while (fgets(line, sizeof line, file)) {
        char* blank = strchr(line + strspn(line, " "), ' ');
        if (line[0] != '#' && blank) sum += atol(blank);
    }
    fclose(file);
    return sum;
}

struct outcome {
    int allocations, errors;
};

static struct outcome fail_each_once(const struct call* call)
{
    struct outcome outcome = {0, 0};
    for (int n = 1; n < kMostAllocations; n++) {
        errno = 0;
        fail_nth(n);
        const int result = call->attempt();
        const int error = errno;
        const int left = fail_nth(0);
        if (result == 0) call->undo();
        if (left > 0) {
            check(result == 0);
            return outcome;
        }
        outcome.allocations++;
        if (result == 0) continue;  // it could do without
        if (error != ENOMEM && error != call->other_error)
            printf("failed: allocation %d: errno %d (%s)\n", n, error, strerror(error));
        check(error == ENOMEM || error == call->other_error);
        outcome.errors++;
        check(call->attempt() == 0);  // nothing is broken
        call->undo();
    }
    check(!"an end");
    return outcome;
}

// At least one round must not add to what is in use: caches fill, leaks go on.
static void check_no_growth(const long* counts, const char* what)
{
    long least = counts[1] - counts[0];
    for (int i = 2; i < kRounds; i++)
        if (counts[i] - counts[i - 1] < least) least = counts[i] - counts[i - 1];
    if (least > 0) printf("failed: each round left %ld %s\n", least, what);
    check(least <= 0);
}

static void fail_call(const char* name, struct call call)
{
    if (!call.undo) call.undo = nothing;
    long frames[kRounds], objects[kRounds];
    struct outcome outcome = {0, 0};
    check(call.attempt() == 0);  // what is made only once
    call.undo();
    for (int round = 0; round < kRounds; round++) {
        outcome = fail_each_once(&call);
        objects[round] = heap_objects();
        frames[round] = vmstat("nr_frames_in_use");
    }
    printf("%s: allocations=%d errors=%d\n", name, outcome.allocations, outcome.errors);
    check_no_growth(frames, "frames");
    check_no_growth(objects, "objects of the heap");
}

// ---- Processes ----

// The rest counts in a child of its own, for there a fault of the program may meet the failure, and that is a SIGKILL.
// How it ends tells: 1, the count did not run out; 2, the call reported an error; 0, it did without, as does a SIGKILL.
enum { kCountLeft = 1, kReported = 2 };

struct ends {
    int allocations, errors, kills;
};

static int end_of_child(int n, void (*attempt)(int n))
{
    const pid_t pid = fork();
    if (pid == 0) attempt(n);
    check(pid > 0);
    return status_of(pid);
}

static void fail_in_child(const char* name, void (*attempt)(int n))
{
    long frames[kRounds], objects[kRounds];
    struct ends ends;
    for (int round = 0; round < kRounds; round++) {
        int status;
        ends = (struct ends){0, 0, 0};
        while ((status = end_of_child(ends.allocations + 1, attempt)) != kCountLeft << 8) {
            check(++ends.allocations < kMostAllocations);
            check(status == kReported << 8 || status == 0 || status == SIGKILL);
            ends.errors += status == kReported << 8;
            ends.kills += status == SIGKILL;
        }
        objects[round] = heap_objects();
        frames[round] = vmstat("nr_frames_in_use");
    }
    printf("%s: allocations=%d errors=%d kills=%d\n", name, ends.allocations, ends.errors, ends.kills);
    check_no_growth(frames, "frames");
    check_no_growth(objects, "objects of the heap");
}

static void fork_and_tell(int n)
{
    fail_nth(n);
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    const int left = fail_nth(0);
    if (pid < 0) _exit((errno == ENOMEM || errno == EAGAIN) && left == 0 ? kReported : 99);
    check_child(pid);
    _exit(left > 0 ? kCountLeft : 0);
}

PART(fork_fails)
{
    // Tables in several places, a shared mapping and a file's, so that there is something to copy.
    for (unsigned long i = 0; i < 3; i++) {
        char* const memory = mmap((void*)(0x20000000 + i * 0x1000000), kPage, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory[0] = 1;
    }
    char* const shared = mmap(NULL, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 1;
    fail_in_child("fork", fork_and_tell);
}

// The new program goes on counting (main): its own faults may meet the failure, too.
static void exec_and_tell(int n)
{
    static char big[3 * kPage];
    memset(big, 'x', sizeof big - 1);
    char* const arguments[] = {"failtest", "--executed", big, NULL};
    char* const environment[] = {"A=1", NULL};
    fail_nth(n);
    execve("/tests/failtest", arguments, environment);
    const int error = errno;
    _exit(fail_nth(0) == 0 && error == ENOMEM ? kReported : 99);  // the old program still runs
}

static void exec_script_and_tell(int n)
{
    char* const arguments[] = {"/root/failtest.sh", NULL};
    fail_nth(n);
    execve("/root/failtest.sh", arguments, arguments);
    const int error = errno;
    _exit(fail_nth(0) == 0 && error == ENOMEM ? kReported : 99);
}

PART(exec_script_fails)
{
    static const char text[] = "#!/tests/failtest --executed\n";
    const int script = open("/root/failtest.sh", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    check(script >= 0 && write(script, text, sizeof text - 1) == sizeof text - 1 && close(script) == 0);
    fail_in_child("exec_script", exec_script_and_tell);
    unlink("/root/failtest.sh");
}

PART(exec_fails)
{
    fail_in_child("exec", exec_and_tell);
}

// ---- Memory ----

static char* place;
static long touched;

static int try_map(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? -1 : 0;
}
static void unmap_place(void)
{
    check(munmap(place, 16 * kPage) == 0);
}

PART(mmap_fails)
{
    fail_call("mmap", (struct call){try_map, unmap_place, 0});
}

static int try_map_shared(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? -1 : 0;
}
PART(mmap_shared_fails)
{
    fail_call("mmap_shared", (struct call){try_map_shared, unmap_place, 0});
}

static int file;

static int try_map_file(void)
{
    place = mmap(NULL, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return place == MAP_FAILED ? -1 : 0;
}
PART(mmap_file_fails)
{
    file = open("/root/failtest.map", O_RDWR | O_CREAT, 0600);
    check(file >= 0 && ftruncate(file, 16 * kPage) == 0);
    fail_call("mmap_file", (struct call){try_map_file, unmap_place, 0});
    unlink("/root/failtest.map");
}

// A touch cannot report an error: the process is killed.
static void (*touch)(void);

static void touch_and_tell(int n)
{
    fail_nth(n);
    touch();
    _exit(fail_nth(0) > 0 ? kCountLeft : 0);
}

static void fail_touch(const char* name, void (*how)(void))
{
    touch = how;
    fail_in_child(name, touch_and_tell);
}

static void touch_private(void)
{
    ((volatile char*)place)[0] = 1;
    ((volatile char*)place)[4096] = 1;
}
static void read_private(void)
{
    touched += ((volatile char*)place)[0];
}

PART(touch_fails)
{
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fail_touch("touch", touch_private);
    fail_touch("read_touch", read_private);
    touch_private();
    fail_touch("cow_touch", touch_private);
    place = mmap((void*)0x30000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fail_touch("shared_touch", touch_private);
}

PART(file_touch_fails)
{
    file = open("/root/failtest.touch", O_RDWR | O_CREAT, 0600);
    check(file >= 0 && ftruncate(file, 16 * kPage) == 0);
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    fail_touch("file_touch", touch_private);
    place = mmap((void*)0x28000000, 16 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    fail_touch("file_copy_touch", touch_private);
    unlink("/root/failtest.touch");
}

static int zero;

static int try_read_into_fresh(void)
{
    check(madvise(place, 16 * kPage, MADV_DONTNEED) == 0);
    return read(zero, place, 3 * kPage) == 3 * kPage ? 0 : -1;
}

PART(read_into_fresh_memory_fails)
{
    check(try_map() == 0);
    zero = open("/dev/zero", O_RDONLY);
    fail_call("read_into_fresh", (struct call){try_read_into_fresh, NULL, EFAULT});
}

static void brk_and_tell(int n)
{
    // The heap's last page has other rights, so that what follows needs a region of its own.
    check(sbrk(2 * kPage) != (void*)-1);
    const unsigned long last = ((unsigned long)sbrk(0) - 1) & -4096ul;
    check(brk((void*)(last + kPage)) == 0 && mprotect((void*)last, kPage, PROT_READ) == 0);
    errno = 0;
    fail_nth(n);
    const int failed = brk((void*)(last + 16 * kPage)) != 0;
    const int left = fail_nth(0);
    if (failed)
        _exit(errno == ENOMEM && left == 0 && (unsigned long)sbrk(0) == last + kPage ? kReported : 99);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(brk_fails)
{
    fail_in_child("brk", brk_and_tell);
}

static int try_protect(void)
{
    return mprotect(place + 4 * kPage, 4 * kPage, PROT_READ);
}
static void unprotect(void)
{
    check(mprotect(place, 16 * kPage, PROT_READ | PROT_WRITE) == 0);
}
PART(mprotect_split_fails)
{
    check(try_map() == 0);
    fail_call("mprotect", (struct call){try_protect, unprotect, 0});
}

static int try_hole(void)
{
    return munmap(place + 4 * kPage, 4 * kPage);
}
static void fill_hole(void)
{
    check(mmap(place + 4 * kPage, 4 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
               -1, 0) != MAP_FAILED);
}
PART(munmap_hole_fails)
{
    check(try_map() == 0);
    fail_call("munmap", (struct call){try_hole, fill_hole, 0});
}

// The old place stays as it was: contents, too.
static int try_move(void)
{
    for (int i = 0; i < 16; i++)
        check(place[i * kPage] == (char)i);
    char* const moved = mremap(place, 16 * kPage, 0x2000000, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        for (int i = 0; i < 16; i++)
            check(place[i * kPage] == (char)i);
        return -1;
    }
    for (int i = 0; i < 16; i++)
        check(moved[i * kPage] == (char)i);
    check(munmap(moved, 0x2000000) == 0);
    return 0;
}
static void map_filled(void)
{
    place = mmap((void*)0x20000000, 16 * kPage, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    check(place != MAP_FAILED);
    for (int i = 0; i < 16; i++)
        place[i * kPage] = (char)i;
}
PART(mremap_fails)
{
    map_filled();
    check(mmap(place + 16 * kPage, kPage, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
          MAP_FAILED);
    fail_call("mremap", (struct call){try_move, map_filled, 0});
}

// ---- Files ----

static int opened;

static int try_open(void)
{
    opened = open("/root/failtest.open", O_RDWR);
    return opened < 0 ? -1 : 0;
}
static void close_opened(void)
{
    close(opened);
}
PART(open_fails)
{
    close(open("/root/failtest.open", O_RDWR | O_CREAT, 0600));
    fail_call("open", (struct call){try_open, close_opened, 0});
    unlink("/root/failtest.open");
}

static int master, slave;

static int try_openpty(void)
{
    return openpty(&master, &slave, NULL, NULL, NULL);
}
static void close_pty(void)
{
    close(slave);
    close(master);
}
PART(openpty_fails)
{
    fail_call("openpty", (struct call){try_openpty, close_pty, 0});
}

static int try_create(void)
{
    opened = open("/root/failtest.new", O_RDWR | O_CREAT | O_EXCL, 0600);
    return opened < 0 ? -1 : 0;
}
static void remove_created(void)
{
    close(opened);
    check(unlink("/root/failtest.new") == 0);
}
PART(create_fails)
{
    fail_call("create", (struct call){try_create, remove_created, 0});
}

static int try_unlink(void)
{
    opened = open("/root/failtest.gone", O_RDWR | O_CREAT, 0600);
    if (opened < 0) return -1;
    check(write(opened, "abc", 3) == 3 || errno == ENOMEM);
    close(opened);
    return unlink("/root/failtest.gone");
}
PART(unlink_fails)
{
    fail_call("unlink", (struct call){try_unlink, NULL, 0});
    unlink("/root/failtest.gone");
}

static int try_directories(void)
{
    if (mkdir("/root/failtest.d", 0700) != 0 && errno != EEXIST) return -1;
    if (rename("/root/failtest.d", "/root/failtest.e") != 0) return -1;
    return 0;
}
static void remove_directories(void)
{
    check(rmdir("/root/failtest.e") == 0);
}
PART(directories_fail)
{
    fail_call("mkdir_rename", (struct call){try_directories, remove_directories, 0});
}

static char buffer[16 * kPage];

// Pages of a hole that are not in the cache: cutting the file drops them.
static int try_read_file(void)
{
    check(ftruncate(file, 0) == 0 && ftruncate(file, sizeof buffer) == 0 && lseek(file, 0, SEEK_SET) == 0);
    const ssize_t size = read(file, buffer, sizeof buffer);
    check(size != 0);
    return size < 0 ? -1 : 0;  // a part is a success
}
PART(read_file_fails)
{
    file = open("/root/failtest.read", O_RDWR | O_CREAT, 0600);
    fail_call("read_file", (struct call){try_read_file, NULL, 0});
    unlink("/root/failtest.read");
}

static int try_write_file(void)
{
    check(lseek(file, 0, SEEK_SET) == 0);
    const ssize_t size = write(file, buffer, sizeof buffer);
    check(size != 0);
    return size < 0 ? -1 : 0;
}
static void empty_file(void)
{
    check(ftruncate(file, 0) == 0);
}
PART(write_file_fails)
{
    file = open("/root/failtest.write", O_RDWR | O_CREAT, 0600);
    fail_call("write_file", (struct call){try_write_file, empty_file, 0});
    unlink("/root/failtest.write");
}

static int try_sync(void)
{
    check(lseek(file, 0, SEEK_SET) == 0 && write(file, buffer, sizeof buffer) > 0);
    return fsync(file);
}
PART(fsync_fails)
{
    file = open("/root/failtest.sync", O_RDWR | O_CREAT, 0600);
    fail_call("fsync", (struct call){try_sync, NULL, 0});
    unlink("/root/failtest.sync");
}

static int try_read_proc(void)
{
    const int fd = open("/proc/self/maps", O_RDONLY);
    if (fd < 0) return -1;
    const ssize_t size = read(fd, buffer, kPage);
    const int error = errno;
    close(fd);
    errno = error;
    return size > 0 ? 0 : -1;
}
PART(proc_fails)
{
    fail_call("proc", (struct call){try_read_proc, NULL, 0});
}

static int try_stat(void)
{
    struct stat facts;
    return stat("/tests/../tests/failtest", &facts) == 0 &&
                   readlink("/proc/self/exe", buffer, sizeof buffer) > 0 && getcwd(buffer, sizeof buffer)
               ? 0
               : -1;
}
PART(names_fail)
{
    fail_call("names", (struct call){try_stat, NULL, 0});
}

static int try_links(void)
{
    static const char long_target[] =
        "a/target/too/long/for/the/place/in/the/inode/that/short/ones/have/so/that/it/needs/a/block";
    unlink("/root/failtest.link");
    unlink("/root/failtest.hard");
    if (symlink(long_target, "/root/failtest.link") != 0) return -1;
    return link("/root/failtest.link", "/root/failtest.hard");
}
PART(links_fail)
{
    fail_call("links", (struct call){try_links, NULL, 0});
    unlink("/root/failtest.link");
    unlink("/root/failtest.hard");
}

static int try_list(void)
{
    DIR* const directory = opendir("/tests");
    if (!directory) return -1;
    int names = 0;
    errno = 0;
    while (readdir(directory))
        names++;
    const int error = errno;
    closedir(directory);
    errno = error;
    return error == 0 && names > 5 ? 0 : -1;
}
PART(list_fails)
{
    fail_call("list", (struct call){try_list, NULL, 0});
}

static int try_mount(void)
{
    return mount("proc", "/mnt", "proc", 0, NULL);
}
static void unmount(void)
{
    check(umount("/mnt") == 0);
}
PART(mount_fails)
{
    fail_call("mount", (struct call){try_mount, unmount, 0});
}

static int try_dup(void)
{
    return dup2(0, 200) < 0 ? -1 : 0;
}
static void close_dup(void)
{
    close(200);
}
PART(dup_fails)
{
    fail_call("dup2", (struct call){try_dup, close_dup, 0});
}

// ---- Pipes, waiting, signals ----

static int ends[2];

static int try_pipe(void)
{
    return pipe(ends);
}
static void close_pipe(void)
{
    close(ends[0]);
    close(ends[1]);
}
PART(pipe_fails)
{
    fail_call("pipe", (struct call){try_pipe, close_pipe, 0});
}

static int try_pipe_traffic(void)
{
    const ssize_t put = write(ends[1], buffer, sizeof buffer);
    if (put < 0) return -1;
    check(put > 0);
    for (ssize_t got = 0; got < put;) {
        const ssize_t part = read(ends[0], buffer, sizeof buffer);
        if (part < 0) return -1;
        got += part;
    }
    return 0;
}
PART(pipe_traffic_fails)
{
    check(pipe2(ends, O_NONBLOCK) == 0);
    fail_call("pipe_traffic", (struct call){try_pipe_traffic, NULL, 0});
}

static int try_poll(void)
{
    struct pollfd watched[64];
    for (int i = 0; i < 64; i++)
        watched[i] = (struct pollfd){ends[0], POLLIN, 0};
    return poll(watched, 64, 1) < 0 ? -1 : 0;
}
PART(poll_fails)
{
    check(pipe(ends) == 0);
    fail_call("poll", (struct call){try_poll, NULL, 0});
}

static void handle(int signal)
{
    (void)signal;
}
static int try_signals(void)
{
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    struct sigaction action = {.sa_handler = handle};
    if (sigaction(SIGUSR1, &action, NULL) != 0 || sigprocmask(SIG_BLOCK, &set, &old) != 0) return -1;
    const int sent = kill(getpid(), SIGUSR1);
    const int error = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return sent;
}
PART(signals_fail)
{
    fail_call("signals", (struct call){try_signals, NULL, EAGAIN});
}

static void setsid_and_tell(int n)
{
    fail_nth(n);
    const pid_t session = setsid();
    const int error = errno, left = fail_nth(0);
    if (session < 0) _exit(error == ENOMEM && left == 0 ? kReported : 99);
    _exit(left > 0 ? kCountLeft : 0);
}
PART(session_fails)
{
    fail_in_child("setsid", setsid_and_tell);
}

int main(int argc, char** argv)
{
    if (argc > 1 && strcmp(argv[1], "--executed") == 0) return fail_nth(0) > 0 ? 1 : 0;
    if (argc > 1 && strcmp(argv[1], "--leave-armed") == 0) return fail_nth(1000000) != 0;
    return run_parts(argc, argv);
}
