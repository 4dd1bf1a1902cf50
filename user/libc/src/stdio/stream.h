// The insides of a FILE: a descriptor and one buffer, which at any time holds either bytes read ahead or bytes to be
// written. Reading, [next, end) is what is still to be handed out. Writing, [buffer, next) waits to be written and
// `end` bounds the fast path of putc: it is the buffer's end in full buffering, the buffer's start otherwise.
// Idle, next == end == buffer.
#pragma once

#include <stdio.h>

enum {
    kReadable = 1,
    kWritable = 2,
    kAppends = 4,
    kReading = 8,
    kWriting = 16,
    kAtEnd = 32,
    kFailed = 64,
    kOwnsBuffer = 128,  // free it with the stream
    kOwnsStream = 256,  // the FILE itself is from malloc
    kModeChosen = 512,  // setvbuf was called: do not look for a terminal
};

enum { kPushBack = 8 };  // bytes in front of the buffer, for ungetc

struct __stream {
    int fd;
    unsigned flags;
    int buffering;          // _IOFBF, _IOLBF or _IONBF
    pid_t child;            // of popen
    unsigned char* buffer;  // null until first used
    size_t size;
    unsigned char *next, *end;
    struct __stream *following, *before;  // the list of all streams
};

// Makes the stream ready to read or to write (which may flush or seek); -1 where it cannot.
int __begin_reading(FILE* stream);
int __begin_writing(FILE* stream);
// Reads more into an empty buffer: 0, or -1 at the end or on an error.
int __fill(FILE* stream);
// Writes out what waits: 0 or -1.
int __flush(FILE* stream);
// Forgets what was read ahead, putting the descriptor where the program believes it is.
void __drop_read_ahead(FILE* stream);
// Writes bytes through the buffer; returns how many were taken.
size_t __write_bytes(FILE* stream, const void* bytes, size_t size);

FILE* __new_stream(int fd, unsigned flags);
void __delete_stream(FILE* stream);
// Turns "r", "w+", "ae" and so on into open's flags and the stream's; -1 for nonsense.
int __parse_mode(const char* mode, unsigned* stream_flags);
