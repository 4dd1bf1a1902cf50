// Slide: exec, phase by phase. A new page table is built beside the old one; only when nothing can fail any more does the
// process change over, and the old one is freed. A child stops itself before and after, so that its table can be read.
#include "user/lib/proc.h"
#include "user/lib/slide.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char says[] = "exec: 1. read the ELF header   2. setupkvm()   3. for each program header,\n"
                           "allocuvm() and loaduvm()   4. a guard page and a stack   5. copy the arguments\n"
                           "to the stack   6. commit: switch to the new page table and freevm() the old\n"
                           "one. A failure before 6 leaves the old program as it was.\n";

enum { kMostPages = 64, kFirst = 0x8048000 };

struct image {
    unsigned frames[kMostPages];
    int pages, users, guards;
};

static void read_image(pid_t pid, struct image* image)
{
    memset(image, 0, sizeof *image);
    for (uintptr_t at = kFirst; image->pages < kMostPages; at += kSlidePage) {
        const unsigned entry = entry_of(pid, (void*)at);
        if (!(entry & FL_PTE_P)) break;
        image->frames[image->pages++] = FL_PTE_FRAME(entry);
        if (entry & FL_PTE_U)
            image->users++;
        else
            image->guards++;
    }
}

static void wait_until_stopped(pid_t child)
{
    int status;
    if (waitpid(child, &status, WUNTRACED) < 0) slide_die("waitpid");
    if (!WIFSTOPPED(status)) {
        errno = ECHILD;
        slide_die("the child ended");
    }
}

static const char no_program[] = "/tmp/execphases.text";

static void make_text_executable(void)
{
    static const char text[] = "This is no program.\n";
    const int file = open(no_program, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (file < 0 || write(file, text, sizeof text - 1) != sizeof text - 1) slide_die(no_program);
    close(file);
}

// The child: stops; tries to exec a text; stops; becomes this program anew, which stops once more.
static void be_child(void)
{
    char* const argv[] = {"/demos/execphases", "stopped", NULL};
    raise(SIGSTOP);
    execv(no_program, argv);
    if (errno != ENOEXEC) _exit(1);
    raise(SIGSTOP);
    execv(argv[0], argv);
    _exit(2);
}

static int common_frames(const struct image* a, const struct image* b)
{
    int common = 0;
    for (int i = 0; i < a->pages; i++)
        for (int k = 0; k < b->pages; k++)
            common += a->frames[i] == b->frames[k];
    return common;
}

static int shown_by(pid_t pid, const struct image* image)
{
    int shown = 0;
    for (int i = 0; i < image->pages; i++) {
        const struct frame_info info = info_of_frame(image->frames[i]);
        for (unsigned k = 0; k < info.mapper_count && k < 16; k++)
            shown += info.mappers[k].pid == pid;
    }
    return shown;
}

static void continue_until_stopped(pid_t child)
{
    kill(child, SIGCONT);
    wait_until_stopped(child);
}

static unsigned page_directory(pid_t pid)  // its physical address
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    char* const text = read_whole_file(path, NULL);
    const char* line = text ? strstr(text, "\nCR3:") : NULL;
    const unsigned directory = line ? (unsigned)strtoul(line + strlen("\nCR3:"), NULL, 16) : 0;
    free(text);
    return directory;
}

static const char* arguments_of(pid_t pid)  // as they stand on its stack
{
    static char text[64];
    char path[32];
    size_t length = 0;
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    char* const raw = read_whole_file(path, &length);
    for (size_t i = 0; raw && i + 1 < length && i + 1 < sizeof text; i++)
        text[i] = raw[i] ? raw[i] : ' ';
    free(raw);
    return text;
}

static void print_image(const char* title, pid_t child, const struct image* image)
{
    slide_part("%s", title);
    printf("    %d pages from 0x%08x on: %d of program and stack, %d guard; page 0 in frame 0x%05x\n",
           image->pages, kFirst, image->users, image->guards, image->frames[0]);
    printf("    page directory at 0x%08x\n", page_directory(child));
}

int main(int argc, char** argv)
{
    struct image before, failed, after;
    if (argc > 1 && strcmp(argv[1], "stopped") == 0) return raise(SIGSTOP);
    slide_begin(argc, argv, says);
    make_text_executable();
    const pid_t child = fork();
    if (child < 0) slide_die("fork");
    if (child == 0) be_child();
    wait_until_stopped(child);
    read_image(child, &before);
    const unsigned directory = page_directory(child);
    print_image("The child before exec", child, &before);

    continue_until_stopped(child);
    read_image(child, &failed);
    print_image("After exec of a file that is no program (phase 1 fails)", child, &failed);
    expect_number("its pages that are the same frames as before", before.pages,
                  common_frames(&before, &failed));

    continue_until_stopped(child);
    read_image(child, &after);
    print_image("After exec of a program", child, &after);
    expect_number("frames of the old program that it still has", 0, common_frames(&before, &after));
    expect_number("frames of the old program that still show there", 0, shown_by(child, &before));
    expect_true("it has another page directory", page_directory(child) != directory);
    expect_text("the arguments that phase 5 copied", "/demos/execphases stopped", arguments_of(child));
    expect_true("every page of program and stack is valid at once", after.users > 16);
    expect_number("guard pages", 1, after.guards);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    unlink(no_program);
    slide_part("In the kernel");
    expect_self_test("freevm");
    return slide_end();
}
