// The parts of the library that see this kernel's own structures, whose names xv6 uses for others. Names that begin with
// two underscores are the library's own: a program may define any other that user.h does not.
#pragma once

// What is known of a file, in xv6's terms.
struct __status {
    short type;  // T_DIR, T_FILE, T_DEV; 0: what xv6 knows no word for (a pipe)
    int device;
    unsigned number;
    short links;
    unsigned size;
};

// 0, or -errno.
int __status_of_name(const char* path, struct __status* out);
int __status_of_descriptor(int fd, struct __status* out);

// The next entry of a directory: 1, 0 at its end, or -errno. The place in the directory is kept by the kernel with the
// open file, so that it is shared by dup, fork and exec.
struct __entry {
    unsigned number;
    char name[256];
};
int __next_entry(int fd, struct __entry* out);

// A write to a pipe without a reader fails from now on, instead of killing this program.
void __ignore_broken_pipes(void);
