// User and group names from /etc/passwd and /etc/group.
#pragma once

#include <sys/types.h>

// The name, or the number in decimal where there is none. The string lives until the next call of the same function.
const char* user_name(uid_t uid);
const char* group_name(gid_t gid);

// The id of a name or of a decimal number; 0 when there is no such user or group, 1 otherwise.
int find_user(const char* name, uid_t* uid);
int find_group(const char* name, gid_t* gid);

// The user's own group from /etc/passwd.
int find_group_of_user(uid_t uid, gid_t* gid);
