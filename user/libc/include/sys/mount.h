// Mounting file systems.
#pragma once

#include <sys/cdefs.h>

#define MS_RDONLY 1
#define MS_NOSUID 2
#define MS_NODEV 4
#define MS_NOEXEC 8
#define MS_SYNCHRONOUS 16
#define MS_REMOUNT 32
#define MS_NOATIME 1024
#define MS_BIND 4096
#define MS_MOVE 8192
#define MS_REC 16384
#define MS_PRIVATE (1 << 18)
#define MS_SHARED (1 << 20)
#define MNT_EXPIRE 4
#define UMOUNT_NOFOLLOW 8
#define MNT_FORCE 1
#define MNT_DETACH 2

__BEGIN_DECLS
int mount(const char* source, const char* target, const char* type, unsigned long flags, const void* data);
int umount(const char* target);
int umount2(const char* target, int flags);
__END_DECLS
