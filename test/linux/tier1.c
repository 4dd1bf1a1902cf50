/* What every C library must find: memory, standard input and output, processes, directories, signals. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void memory(void)
{
    char* parts[500];
    unsigned sum = 0;
    for (int i = 0; i < 500; i++) {
        parts[i] = malloc(i * 37 % 5000 + 1);
        memset(parts[i], i, i * 37 % 5000 + 1);
    }
    for (int i = 0; i < 500; i += 2)
        free(parts[i]);
    for (int i = 1; i < 500; i += 2)
        sum += (unsigned char)parts[i][i * 37 % 5000], free(parts[i]);
    char* big = malloc(3 << 20);
    memset(big, 7, 3 << 20);
    big = realloc(big, 9 << 20);
    int* zeros = calloc(100000, sizeof(int));
    printf("memory: %u %d %d\n", sum, big[(3 << 20) - 1], zeros[99999]);
    free(big);
    free(zeros);
}

static void files(void)
{
    char line[100];
    int count = 0;
    FILE* file = fopen("tier1.txt", "w+");
    for (int i = 0; i < 2000; i++)
        fprintf(file, "line %d of %s %5.2f\n", i, "the file", i / 4.0);
    fseek(file, 0, SEEK_SET);
    while (fgets(line, sizeof line, file))
        count++;
    printf("files: %d lines, at %ld\n", count, ftell(file));
    fclose(file);
    rename("tier1.txt", "tier1.new");
    struct stat info;
    const int renamed = stat("tier1.new", &info);
    printf("renamed: %d, %ld bytes, mode %o\n", renamed, (long)info.st_size, (unsigned)info.st_mode);
    FILE* temporary = tmpfile();
    fputs("kept nowhere", temporary);
    rewind(temporary);
    printf("tmpfile: %s\n", fgets(line, sizeof line, temporary));
    fclose(temporary);
    DIR* directory = opendir(".");
    int found = 0;
    for (struct dirent* entry; (entry = readdir(directory)) != NULL;)
        found += strcmp(entry->d_name, "tier1.new") == 0;
    closedir(directory);
    printf("opendir: %d, gone: %d\n", found, unlink("tier1.new"));
    file = fopen("nothing/here", "r");
    printf("no such file: %d %s\n", file == NULL, strerror(errno));
}

static void processes(void)
{
    char line[100] = "";
    FILE* pipe = popen("echo from a shell; exit 3", "r");
    if (fgets(line, sizeof line, pipe)) printf("popen: %s", line);
    printf("pclose: 0x%x\n", pclose(pipe));
    printf("system: 0x%x\n", system("exit 4"));
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", "exit 5", (char*)NULL);
        _exit(1);
    }
    int status = 0;
    const int waited = waitpid(pid, &status, 0) == pid;
    printf("fork: %d 0x%x\n", waited, status);
}

static volatile sig_atomic_t taken;
static sigjmp_buf back;

static void note_signal(int signal)
{
    taken = taken * 100 + signal;
}

static void jump_back(int signal)
{
    siglongjmp(back, signal);
}

static void signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t set, pending;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    raise(SIGUSR1);
    printf("raised: %d\n", (int)taken);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGUSR1);
    sigpending(&pending);
    printf("pending: %d, taken: %d\n", sigismember(&pending, SIGUSR1), (int)taken);
    sigemptyset(&set);
    const int suspended = sigsuspend(&set);
    printf("suspended: %d %s, taken: %d\n", suspended, strerror(errno), (int)taken);
    const struct itimerval soon = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    pause();
    printf("rung: %d, alarm: %u", (int)taken, alarm(100));
    printf(" %u\n", alarm(0));
    action.sa_handler = jump_back;
    sigaction(SIGSEGV, &action, NULL);
    const int jumped = sigsetjmp(back, 1);
    if (!jumped) *(volatile int*)16 = 1;
    printf("jumped: %d\n", jumped);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    int status;
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    printf("killed: 0x%x\n", status);
    struct timespec nap = {0, 1000000};
    printf("slept: %d\n", nanosleep(&nap, NULL));
}

int main(int argc, char** argv)
{
    printf("hello, %s, %d\n", argc > 1 ? argv[1] : "world", argc);
    memory();
    files();
    processes();
    signals();
    return 7;
}
