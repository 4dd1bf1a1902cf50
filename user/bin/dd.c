// dd: copies in blocks of a given size, from and to given places.
#include "user/lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "Usage: dd [if=FILE] [of=FILE] [bs=SIZE] [count=N] [skip=N] [seek=N] [conv=OPTION,...] [status=none]\n"
    "Copy standard input, or if=, to standard output, or of=, in blocks of bs= bytes (512).\n"
    "  count=N  at most N blocks    skip=N  leave out N of the input    seek=N  and N of the output\n"
    "  conv=    notrunc  keep what is behind    sync  fill up short blocks with zeros\n"
    "           noerror  go on after read errors    fsync  and write everything to the disk\n"
    "           excl  the output must not exist   nocreat  must exist\n"
    "  status=  none, noxfer\n"
    "Sizes: 4k, 1M, 2G.\n";

static struct {
    const char *input, *output;
    long long block, count, skip, seek;
    int keep, fill, go_on, fsync, exclusive, existing, quiet, no_rate;
} want = {.block = 512, .count = -1};

static unsigned long long whole_in, part_in, whole_out, part_out, bytes_out;

static void take_conversions(char* list)
{
    for (char* name = strtok(list, ","); name; name = strtok(NULL, ",")) {
        if (strcmp(name, "notrunc") == 0)
            want.keep = 1;
        else if (strcmp(name, "sync") == 0)
            want.fill = 1;
        else if (strcmp(name, "noerror") == 0)
            want.go_on = 1;
        else if (strcmp(name, "fsync") == 0 || strcmp(name, "fdatasync") == 0)
            want.fsync = 1;
        else if (strcmp(name, "excl") == 0)
            want.exclusive = 1;
        else if (strcmp(name, "nocreat") == 0)
            want.existing = 1;
        else
            tool_usage_error("unknown conversion '%s'", name);
    }
}

static void take_status(const char* value)
{
    want.quiet = strcmp(value, "none") == 0;
    want.no_rate = strcmp(value, "noxfer") == 0;
}

static void take_operand(char* text)
{
    char* value = strchr(text, '=');
    if (!value) tool_usage_error("unknown operand '%s'", text);
    *value++ = 0;
    if (strcmp(text, "if") == 0)
        want.input = value;
    else if (strcmp(text, "of") == 0)
        want.output = value;
    else if (strcmp(text, "bs") == 0 || strcmp(text, "ibs") == 0 || strcmp(text, "obs") == 0)
        want.block = tool_parse_size(value);
    else if (strcmp(text, "count") == 0)
        want.count = tool_parse_size(value);
    else if (strcmp(text, "skip") == 0)
        want.skip = tool_parse_size(value);
    else if (strcmp(text, "seek") == 0)
        want.seek = tool_parse_size(value);
    else if (strcmp(text, "conv") == 0)
        take_conversions(value);
    else if (strcmp(text, "status") == 0)
        take_status(value);
    else
        tool_usage_error("unknown operand '%s'", text);
}

static void open_files(void)
{
    if (want.input) {
        const int descriptor = open(want.input, O_RDONLY);
        if (descriptor < 0) tool_die("failed to open '%s': %s", want.input, strerror(errno));
        dup2(descriptor, 0);
        close(descriptor);
    }
    if (!want.output) return;
    const int how = O_RDWR | (want.existing ? 0 : O_CREAT) | (want.exclusive ? O_EXCL : 0) |
                    (want.keep || want.seek ? 0 : O_TRUNC);
    int descriptor = open(want.output, how, 0666);
    if (descriptor < 0 && errno == EACCES) descriptor = open(want.output, (how & ~O_RDWR) | O_WRONLY, 0666);
    if (descriptor < 0) tool_die("failed to open '%s': %s", want.output, strerror(errno));
    dup2(descriptor, 1);
    close(descriptor);
}

static void skip_input(char* block)
{
    struct stat status;
    if (want.skip == 0) return;
    if (fstat(0, &status) == 0 && !S_ISFIFO(status.st_mode) &&
        lseek(0, (off_t)(want.skip * want.block), SEEK_CUR) >= 0)
        return;
    for (long long left = want.skip * want.block; left > 0;) {
        const ssize_t count = read(0, block, (size_t)(left < want.block ? left : want.block));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return;
        left -= count;
    }
}

static void seek_output(void)
{
    const off_t place = (off_t)(want.seek * want.block);
    struct stat status;
    if (want.seek == 0) return;
    if (!want.keep && fstat(1, &status) == 0 && S_ISREG(status.st_mode) && ftruncate(1, place) < 0)
        tool_die("cannot truncate the output: %s", strerror(errno));
    if (lseek(1, place, SEEK_SET) < 0) tool_die("cannot seek in the output: %s", strerror(errno));
}

static int write_block(const char* block, size_t length)
{
    size_t done = 0;
    while (done < length) {
        const ssize_t count = write(1, block + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            tool_warn("error writing '%s'", want.output ? want.output : "standard output");
            break;
        }
        done += (size_t)count;
    }
    bytes_out += done;
    if (done == (size_t)want.block)
        whole_out++;
    else if (done)
        part_out++;
    return done == length;
}

static void copy(char* block)
{
    while (want.count < 0 || (long long)(whole_in + part_in) < want.count) {
        ssize_t length = read(0, block, (size_t)want.block);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) {
            tool_warn("error reading '%s'", want.input ? want.input : "standard input");
            if (!want.go_on) return;
            lseek(0, (off_t)want.block, SEEK_CUR);
            length = 0;
        } else if (length == 0) {
            return;
        }
        if (length == want.block)
            whole_in++;
        else
            part_in++;
        if (want.fill && length < want.block) {
            memset(block + length, 0, (size_t)(want.block - length));
            length = (ssize_t)want.block;
        }
        if (!write_block(block, (size_t)length)) return;
    }
}

static void report(const struct timespec* start)
{
    struct timespec end;
    if (want.quiet) return;
    fprintf(stderr, "%llu+%llu records in\n%llu+%llu records out\n", whole_in, part_in, whole_out, part_out);
    if (want.no_rate) return;
    clock_gettime(CLOCK_MONOTONIC, &end);
    unsigned long long microseconds = (unsigned long long)(end.tv_sec - start->tv_sec) * 1000000 +
                                      (unsigned long long)((end.tv_nsec - start->tv_nsec) / 1000);
    if (microseconds == 0) microseconds = 1;
    char rate[8];
    fprintf(stderr, "%llu bytes copied, %llu.%06llu s, %sB/s\n", bytes_out, microseconds / 1000000,
            microseconds % 1000000, tool_human_size(bytes_out * 1000000 / microseconds, rate));
}

int main(int argc, char** argv)
{
    struct timespec start;
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    for (char** operand = tool_operands; *operand; operand++)
        take_operand(*operand);
    if (want.block < 1 || want.block > 256 * 1024 * 1024) tool_usage_error("wrong block size");
    char* block = tool_allocate((size_t)want.block);
    open_files();
    clock_gettime(CLOCK_MONOTONIC, &start);
    skip_input(block);
    seek_output();
    copy(block);
    if (want.fsync && fsync(1) < 0) tool_warn("fsync");
    if (close(1) < 0) tool_warn("closing the output");
    report(&start);
    return tool_status;
}
