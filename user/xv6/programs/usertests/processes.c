// Processes, exec, time.
#include "usertests.h"

#include "date.h"
#include "elf.h"
#include "fcntl.h"
#include "param.h"
#include "traps.h"
#include "x86.h"

static void fork_has_its_end(void)
{
    int count = 0;
    for (; count < 1000; count++) {
        int pid = fork();
        if (pid < 0) break;
        if (pid == 0) exit();
    }
    CHECK(count > 10 && count < NPROC);
    for (int i = 0; i < count; i++)
        CHECK(wait() > 0);
    CHECK(wait() == -1);
    if (fork_checked() == 0) exit();
    CHECK(wait() > 0);
}

static void wait_gives_the_pid(void)
{
    CHECK(wait() == -1);
    for (int i = 0; i < 100; i++) {
        int pid = fork_checked();
        if (pid == 0) exit();
        CHECK(wait() == pid);
    }
}

static void spin(void)
{
    for (;;) {
    }
}

// Two that never give way, one that sleeps: all are killed, and wait tells their pids.
static void killed_children_are_waited_for(void)
{
    int signal, sum = 0;
    int pids[3];
    for (int i = 0; i < 3; i++) {
        pids[i] = fork_checked();
        if (pids[i] == 0 && i < 2) spin();
        if (pids[i] == 0) sleep(100000);
    }
    for (int i = 0; i < 3; i++)
        CHECK(kill(pids[i]) == 0);
    for (int i = 0; i < 3; i++) {
        sum += waitsignal(&signal);
        CHECK(signal == 9);
    }
    CHECK(sum == pids[0] + pids[1] + pids[2]);
    CHECK(wait() == -1);
}

static void kill_nobody(void)
{
    CHECK(kill(30000) == -1);
    CHECK(kill(0) == -1 && kill(-1) == -1);
}

static void killed_while_reading(void)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    int pid = fork_checked();
    if (pid == 0) {
        read(fds[0], buffer, 1);
        exit();
    }
    sleep(1);
    CHECK(kill(pid) == 0);
    CHECK(wait() == pid);
    close(fds[0]);
    close(fds[1]);
}

static void descriptors_close_at_exit(void)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    int pid = fork_checked();
    if (pid == 0) exit();
    CHECK(wait() == pid);
    if ((pid = fork_checked()) == 0) {
        close(fds[0]);
        sleep(2);
        exit();
    }
    close(fds[1]);
    CHECK(read(fds[0], buffer, 1) == 0);  // the end comes when the last writer has ended
    close(fds[0]);
    CHECK(wait() == pid);
}

static void exec_of_nothing(void)
{
    char* arguments[] = {"x", 0};
    CHECK(exec("missing", arguments) == -1);
    CHECK(exec(".", arguments) == -1);
    make_file("text", "this is not a program");
    CHECK(exec("text", arguments) == -1);
    CHECK(unlink("text") == 0);
    CHECK(exec((char*)0xfffffff0, arguments) == -1);
    CHECK(exec("echo", (char**)0xfffffff0) == -1);
}

// What a program prints goes where the descriptor of the one that ran it goes.
static int output_of(char* path, char** arguments)
{
    int fds[2], length = 0, got;
    CHECK(pipe(fds) == 0);
    int pid = fork_checked();
    if (pid == 0) {
        close(1);
        CHECK(dup(fds[1]) == 1);
        close(fds[0]);
        close(fds[1]);
        exec(path, arguments);
        exit();
    }
    close(fds[1]);
    while ((got = read(fds[0], buffer + length, sizeof(buffer) - 1 - length)) > 0)
        length += got;
    buffer[length] = 0;
    close(fds[0]);
    CHECK(wait() == pid);
    return length;
}

static void exec_keeps_descriptors(void)
{
    char* echo[] = {"echo", "one", "two words", "", "end", 0};
    CHECK(output_of("echo", echo) > 0);
    CHECK(strcmp(buffer, "one two words  end\n") == 0);
    CHECK(output_of("/xv6/echo", echo) > 0);
    char* cat[] = {"cat", "file", 0};
    make_file("file", "contents");
    CHECK(output_of("cat", cat) == 8 && strcmp(buffer, "contents") == 0);
    CHECK(unlink("file") == 0);
}

// Arguments lie in the one page of stack: what does not fit there is refused while the caller still lives.
static void exec_of_too_much(void)
{
    static char* arguments[MAXARG];
    static char text[400];
    memset(text, 'x', sizeof(text) - 1);
    for (int i = 0; i < MAXARG - 1; i++)
        arguments[i] = text;
    CHECK(exec("echo", arguments) == -1);
    arguments[5] = 0;
    CHECK(output_of("echo", arguments) == 4 * sizeof(text));
}

static void port_access(void)
{
    __asm__ volatile("outb %%al, $0x70" : : "a"(0));
}

static void xv6_trap(void)
{
    __asm__ volatile("int %0" : : "i"(T_SYSCALL), "a"(1));
}

static void halt(void)
{
    __asm__ volatile("hlt");
}

static void privileged_instructions_kill(void)
{
    CHECK(is_killed(port_access));
    CHECK(is_killed(xv6_trap));
    CHECK(is_killed(halt));
}

static void time_passes(void)
{
    const int start = uptime();
    CHECK(sleep(20) == 0);
    const int slept = uptime() - start;
    CHECK(slept >= 20 && slept < 500);
    CHECK(sleep(0) == 0);
    CHECK(yield() == 0);
}

static void clock_knows_the_date(void)
{
    struct rtcdate now;
    CHECK(date(&now) == 0);
    CHECK(now.year >= 2024 && now.year < 2100 && now.month >= 1 && now.month <= 12);
    CHECK(now.day >= 1 && now.day <= 31 && now.hour < 24 && now.minute < 60 && now.second < 60);
}

static void exchange_is_one_step(void)
{
    volatile uint lock = 0;
    CHECK(xchg(&lock, 1) == 0 && xchg(&lock, 1) == 1 && lock == 1);
    CHECK(readeflags() & 2);
}

// xv6's programs are one segment from address 0.
static void executable_by_its_headers(void)
{
    struct elfhdr* header = (struct elfhdr*)buffer;
    int fd = open("/xv6/echo", O_RDONLY);
    CHECK(fd >= 0 && read(fd, buffer, 512) == 512);
    close(fd);
    struct proghdr* part = (struct proghdr*)(buffer + header->phoff);
    CHECK(header->magic == ELF_MAGIC && header->phnum >= 1 && header->phentsize == sizeof(struct proghdr));
    CHECK(part->type == ELF_PROG_LOAD && part->vaddr == 0 && part->memsz >= part->filesz);
    CHECK(header->entry < part->memsz);
}

// A grandchild whose parent has ended is not ours to wait for.
static void orphans_are_not_ours(void)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    int pid = fork_checked();
    if (pid == 0) {
        if (fork_checked() == 0) {
            close(fds[1]);
            read(fds[0], buffer, 1);  // ends when we close the other end
        }
        exit();
    }
    CHECK(wait() == pid);
    CHECK(wait() == -1);
    close(fds[1]);
    close(fds[0]);
}

static void printed(int fd)
{
    printf(fd, "%d %d %x %p %s %c %% %u", 0, -2147483647 - 1, 0xbeef, (void*)16, "text", 'c', 4000000000u);
    printf(fd, "|%s|%q|%", (char*)0);
}

static void printf_formats(void)
{
    int fd = open("out", O_CREATE | O_RDWR);
    printed(fd);
    close(fd);
    fd = open("out", O_RDONLY);
    buffer[read(fd, buffer, sizeof(buffer) - 1)] = 0;
    close(fd);
    CHECK(strcmp(buffer, "0 -2147483648 BEEF 10 text c % 4000000000|(null)|%q|") == 0);
    CHECK(unlink("out") == 0);
}

static void lines_by_gets(void)
{
    static char line[16];
    make_file("in", "short\nlonger than the room\n\nlast");
    int input = dup(0);
    close(0);
    CHECK(open("in", O_RDONLY) == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "short\n") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "longer than the") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), " room\n") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "\n") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "last") == 0);
    CHECK(strcmp(gets(line, sizeof(line)), "") == 0);
    close(0);
    CHECK(dup(input) == 0);
    close(input);
    CHECK(unlink("in") == 0);
}

static void texts(void)
{
    CHECK(strlen("") == 0 && strlen("four") == 4);
    CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("a", "ab") < 0 && strcmp("", "") == 0);
    CHECK(strcmp("\xff", "a") > 0);
    CHECK(strchr("path/name", '/') != 0 && strchr("name", '/') == 0);
    CHECK(atoi("1234x") == 1234 && atoi("") == 0 && atoi("x") == 0);
    strcpy(buffer, "0123456789");
    memmove(buffer + 2, buffer, 5);
    CHECK(strcmp(buffer, "0101234789") == 0);
    memmove(buffer, buffer + 2, 8);
    CHECK(strcmp(buffer, "0123478989") == 0);
    memset(buffer, 'z', 3);
    CHECK(buffer[2] == 'z' && buffer[3] == '3');
}

struct test process_tests[] = {
    {"fork_has_its_end", fork_has_its_end},
    {"wait_gives_the_pid", wait_gives_the_pid},
    {"killed_children_are_waited_for", killed_children_are_waited_for},
    {"kill_nobody", kill_nobody},
    {"killed_while_reading", killed_while_reading},
    {"descriptors_close_at_exit", descriptors_close_at_exit},
    {"exec_of_nothing", exec_of_nothing},
    {"exec_keeps_descriptors", exec_keeps_descriptors},
    {"exec_of_too_much", exec_of_too_much},
    {"privileged_instructions_kill", privileged_instructions_kill},
    {"time_passes", time_passes},
    {"clock_knows_the_date", clock_knows_the_date},
    {"exchange_is_one_step", exchange_is_one_step},
    {"executable_by_its_headers", executable_by_its_headers},
    {"orphans_are_not_ours", orphans_are_not_ours},
    {"printf_formats", printf_formats},
    {"lines_by_gets", lines_by_gets},
    {"texts", texts},
    {0, 0},
};
