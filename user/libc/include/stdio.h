// Buffered input and output. A FILE is opaque; src/stdio/stream.h has its insides.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <sys/cdefs.h>
#include <sys/types.h>

#define EOF (-1)
#define BUFSIZ 4096
#define FILENAME_MAX 4096
#define FOPEN_MAX 1024
#define L_tmpnam 20
#define P_tmpdir "/tmp"
#define TMP_MAX 10000

#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

#ifndef SEEK_SET
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#endif

typedef struct __stream FILE;
typedef off_t fpos_t;

__BEGIN_DECLS
extern FILE* stdin;
extern FILE* stdout;
extern FILE* stderr;

FILE* fopen(const char* path, const char* mode);
FILE* fdopen(int fd, const char* mode);
FILE* freopen(const char* path, const char* mode, FILE* stream);
FILE* popen(const char* command, const char* mode);
FILE* tmpfile(void);
int fclose(FILE* stream);
int pclose(FILE* stream);
int fflush(FILE* stream);
int setvbuf(FILE* stream, char* buffer, int mode, size_t size);
void setbuf(FILE* stream, char* buffer);
void setlinebuf(FILE* stream);

size_t fread(void* memory, size_t size, size_t count, FILE* stream);
size_t fwrite(const void* memory, size_t size, size_t count, FILE* stream);
int fgetc(FILE* stream);
int getc(FILE* stream);
int getc_unlocked(FILE* stream);
int getchar(void);
int ungetc(int c, FILE* stream);
char* fgets(char* line, int size, FILE* stream);
ssize_t getline(char** line, size_t* size, FILE* stream);
ssize_t getdelim(char** line, size_t* size, int delimiter, FILE* stream);
int fputc(int c, FILE* stream);
int putc(int c, FILE* stream);
int putc_unlocked(int c, FILE* stream);
int putchar(int c);
int fputs(const char* text, FILE* stream);
int puts(const char* text);

int fseek(FILE* stream, long offset, int whence);
int fseeko(FILE* stream, off_t offset, int whence);
long ftell(FILE* stream);
off_t ftello(FILE* stream);
void rewind(FILE* stream);
int fgetpos(FILE* stream, fpos_t* position);
int fsetpos(FILE* stream, const fpos_t* position);
int feof(FILE* stream);
int ferror(FILE* stream);
void clearerr(FILE* stream);
int fileno(FILE* stream);

int printf(const char* format, ...) __printf_like(1, 2);
int fprintf(FILE* stream, const char* format, ...) __printf_like(2, 3);
int dprintf(int fd, const char* format, ...) __printf_like(2, 3);
int sprintf(char* to, const char* format, ...) __printf_like(2, 3);
int snprintf(char* to, size_t size, const char* format, ...) __printf_like(3, 4);
int asprintf(char** to, const char* format, ...) __printf_like(2, 3);
int vprintf(const char* format, va_list arguments) __printf_like(1, 0);
int vfprintf(FILE* stream, const char* format, va_list arguments) __printf_like(2, 0);
int vdprintf(int fd, const char* format, va_list arguments) __printf_like(2, 0);
int vsprintf(char* to, const char* format, va_list arguments) __printf_like(2, 0);
int vsnprintf(char* to, size_t size, const char* format, va_list arguments) __printf_like(3, 0);
int vasprintf(char** to, const char* format, va_list arguments) __printf_like(2, 0);

int scanf(const char* format, ...) __scanf_like(1, 2);
int fscanf(FILE* stream, const char* format, ...) __scanf_like(2, 3);
int sscanf(const char* text, const char* format, ...) __scanf_like(2, 3);
int vscanf(const char* format, va_list arguments) __scanf_like(1, 0);
int vfscanf(FILE* stream, const char* format, va_list arguments) __scanf_like(2, 0);
int vsscanf(const char* text, const char* format, va_list arguments) __scanf_like(2, 0);

void perror(const char* what);
int remove(const char* path);
int rename(const char* from, const char* to);
int renameat(int from_directory, const char* from, int to_directory, const char* to);
char* tmpnam(char* name);
__END_DECLS

// C asks that these be macros too, so that a program can test for them.
#define stdin stdin
#define stdout stdout
#define stderr stderr
