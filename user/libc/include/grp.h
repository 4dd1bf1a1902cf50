// Groups, from /etc/group. The answers live in static memory until the next call.
#pragma once

#include <sys/types.h>

struct group {
    char* gr_name;
    char* gr_passwd;
    gid_t gr_gid;
    char** gr_mem;
};

__BEGIN_DECLS
struct group* getgrnam(const char* name);
struct group* getgrgid(gid_t gid);
struct group* getgrent(void);
void setgrent(void);
void endgrent(void);
__END_DECLS
