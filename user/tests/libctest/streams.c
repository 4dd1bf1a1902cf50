// stdio on files and pipes.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void write_file(const char* path, const char* text)
{
    FILE* file = fopen(path, "w");
    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void lines(void)
{
    write_file("lines", "first\nsecond line\n\nlast without newline");
    FILE* file = fopen("lines", "r");
    char text[8];
    CHECK_TEXT(fgets(text, sizeof(text), file), "first\n");
    CHECK_TEXT(fgets(text, sizeof(text), file), "second ");
    CHECK_TEXT(fgets(text, sizeof(text), file), "line\n");
    char* line = NULL;
    size_t size = 0;
    CHECK_EQUAL(getline(&line, &size, file), 1);
    CHECK_EQUAL(getline(&line, &size, file), 20);
    CHECK_TEXT(line, "last without newline");
    CHECK_EQUAL(getline(&line, &size, file), -1);
    CHECK(feof(file) && !ferror(file));
    CHECK(!fgets(text, sizeof(text), file));
    free(line);
    fclose(file);
    CHECK_EQUAL(remove("lines"), 0);
}

static void long_lines(void)
{
    FILE* file = tmpfile();
    for (int i = 0; i < 20000; i++)
        fputc('a' + i % 26, file);
    fputc('\n', file);
    rewind(file);
    char* line = NULL;
    size_t size = 0;
    CHECK_EQUAL(getline(&line, &size, file), 20001);
    CHECK(line && line[19999] == 'a' + 19999 % 26);
    free(line);
    fclose(file);
}

static void positions(void)
{
    FILE* file = fopen("positions", "w+");
    CHECK_EQUAL(fwrite("0123456789", 1, 10, file), 10);
    CHECK_EQUAL(ftell(file), 10);
    CHECK_EQUAL(fseek(file, 3, SEEK_SET), 0);
    CHECK_EQUAL(fgetc(file), '3');
    CHECK_EQUAL(ftell(file), 4);
    CHECK_EQUAL(ungetc('x', file), 'x');
    CHECK_EQUAL(ftell(file), 3);
    CHECK_EQUAL(fgetc(file), 'x');
    CHECK_EQUAL(fseek(file, 2, SEEK_CUR), 0);
    CHECK_EQUAL(fgetc(file), '6');
    fseek(file, 0, SEEK_CUR);
    CHECK_EQUAL(fputs("AB", file) >= 0, 1);  // from reading to writing, where the reader stood
    CHECK_EQUAL(fseek(file, -1, SEEK_END), 0);
    CHECK_EQUAL(fgetc(file), '9');
    CHECK_EQUAL(fgetc(file), EOF);
    rewind(file);
    char text[11] = "";
    CHECK_EQUAL(fread(text, 1, 10, file), 10);
    CHECK_TEXT(text, "0123456AB9");
    fclose(file);
    remove("positions");
}

static void modes(void)
{
    write_file("modes", "one");
    FILE* file = fopen("modes", "a");
    fputs("two", file);
    CHECK_EQUAL(ftell(file), 6);
    fclose(file);
    file = fopen("modes", "r+");
    fputs("O", file);
    fclose(file);
    file = fopen("modes", "r");
    char text[10] = "";
    CHECK_EQUAL(fread(text, 1, 9, file), 6);
    CHECK_TEXT(text, "Onetwo");
    CHECK_EQUAL(fputc('x', file), EOF);
    CHECK(ferror(file));
    clearerr(file);
    CHECK(!ferror(file) && !feof(file));
    fclose(file);
    CHECK(!fopen("modes", "wx") && errno == EEXIST);
    CHECK(!fopen("modes", "q") && errno == EINVAL);
    CHECK(!fopen("no such file", "r") && errno == ENOENT);
    remove("modes");
}

static off_t size_of(const char* path)
{
    const int fd = open(path, O_RDONLY);
    const off_t size = lseek(fd, 0, SEEK_END);
    close(fd);
    return size;
}

static void buffering(void)
{
    FILE* file = fopen("buffering", "w");
    fputs("waits", file);
    CHECK_EQUAL(size_of("buffering"), 0);
    fflush(file);
    CHECK_EQUAL(size_of("buffering"), 5);
    fclose(file);
    file = fopen("buffering", "w");
    setvbuf(file, NULL, _IOLBF, 0);
    fputs("line\nrest", file);
    CHECK_EQUAL(size_of("buffering"), 5);
    fclose(file);
    CHECK_EQUAL(size_of("buffering"), 9);
    file = fopen("buffering", "w");
    setvbuf(file, NULL, _IONBF, 0);
    fprintf(file, "%d", 12);
    CHECK_EQUAL(size_of("buffering"), 2);
    fclose(file);
    char own[64];
    file = fopen("buffering", "w");
    setvbuf(file, own, _IOFBF, sizeof(own));
    for (int i = 0; i < 100; i++)
        fprintf(file, "%02d", i);
    fclose(file);
    CHECK_EQUAL(size_of("buffering"), 200);
    remove("buffering");
}

static void blocks(void)
{
    enum { kCount = 3000 };
    static int numbers[kCount], again[kCount];
    for (int i = 0; i < kCount; i++)
        numbers[i] = i * i;
    FILE* file = tmpfile();
    CHECK_EQUAL(fwrite(numbers, sizeof(int), kCount, file), kCount);
    rewind(file);
    CHECK_EQUAL(fgetc(file), 0);  // leaves the buffer odd
    ungetc(0, file);
    CHECK_EQUAL(fread(again, sizeof(int), kCount, file), kCount);
    CHECK(memcmp(numbers, again, sizeof(numbers)) == 0);
    CHECK_EQUAL(fread(again, sizeof(int), 1, file), 0);
    CHECK(feof(file));
    fclose(file);
}

static void scans(void)
{
    FILE* file = tmpfile();
    fputs("10 20\nword 1.5\n", file);
    rewind(file);
    int a, b;
    char word[8];
    double number;
    CHECK_EQUAL(fscanf(file, "%d %d", &a, &b), 2);
    CHECK_EQUAL(fscanf(file, "%7s %lf", word, &number), 2);
    CHECK(a == 10 && b == 20 && strcmp(word, "word") == 0 && number == 1.5);
    CHECK_EQUAL(fscanf(file, "%d", &a), EOF);
    fclose(file);
}

static void full_disk(void)
{
    FILE* file = fopen("/dev/full", "w");
    if (!file) return;  // a system without that device
    fputs("x", file);
    CHECK_EQUAL(fflush(file), EOF);
    CHECK(errno == ENOSPC && ferror(file));
    fclose(file);
}

static void commands(void)
{
    char line[32] = "";
    FILE* pipe = popen("echo popen; exit 3", "r");
    CHECK(pipe && fgets(line, sizeof(line), pipe));
    CHECK_TEXT(line, "popen\n");
    const int status = pclose(pipe);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    pipe = popen("cat > popened", "w");
    fputs("written", pipe);
    CHECK_EQUAL(pclose(pipe), 0);
    FILE* file = fopen("popened", "r");
    CHECK(file && fgets(line, sizeof(line), file));
    CHECK_TEXT(line, "written");
    if (file) fclose(file);
    remove("popened");
}

static void reopening(void)
{
    write_file("reopened", "old");
    FILE* file = fopen("reopened", "r");
    const int fd = fileno(file);
    CHECK(freopen("reopened", "w", file) == file);
    CHECK_EQUAL(fileno(file), fd);
    fputs("newer", file);
    fclose(file);
    CHECK_EQUAL(size_of("reopened"), 5);
    remove("reopened");
}

static void descriptors(void)
{
    int ends[2];
    CHECK_EQUAL(pipe(ends), 0);
    FILE *in = fdopen(ends[0], "r"), *out = fdopen(ends[1], "w");
    CHECK_EQUAL(fprintf(out, "%s %d\n", "through a pipe", 7), 17);
    fclose(out);
    char line[32];
    CHECK_TEXT(fgets(line, sizeof(line), in), "through a pipe 7\n");
    CHECK_EQUAL(fgetc(in), EOF);
    fclose(in);
    CHECK(!fdopen(ends[0], "r") && errno == EBADF);
}

const struct test stream_tests[] = {
    {"lines", lines},         {"long lines", long_lines}, {"positions", positions}, {"modes", modes},
    {"buffering", buffering}, {"blocks", blocks},         {"fscanf", scans},        {"full disk", full_disk},
    {"popen", commands},      {"freopen", reopening},     {"fdopen", descriptors},  {NULL, NULL}};
