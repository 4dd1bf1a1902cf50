// Users and groups: lines of /etc/passwd and /etc/group, cut at the colons in a static buffer.
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kLine = 512, kMembers = 32 };

static FILE *users, *groups;
static char user_line[kLine], group_line[kLine];

// The next line with at least `count` fields, cut into them; 0 at the end of the file.
static int next_fields(FILE** file, const char* path, char* line, char** fields, int count)
{
    if (!*file && !(*file = fopen(path, "re"))) return 0;
    while (fgets(line, kLine, *file)) {
        char* rest = line;
        int found = 0;
        line[strcspn(line, "\n")] = 0;
        while (found < count && (fields[found] = strsep(&rest, ":")))
            found++;
        if (found == count && *line != '#') return 1;
    }
    return 0;
}

static void rewind_file(FILE** file)
{
    if (*file) fclose(*file);
    *file = NULL;
}

struct passwd* getpwent(void)
{
    static struct passwd user;
    char* fields[7];
    if (!next_fields(&users, "/etc/passwd", user_line, fields, 7)) return NULL;
    user = (struct passwd){.pw_name = fields[0],
                           .pw_passwd = fields[1],
                           .pw_uid = (uid_t)atoi(fields[2]),
                           .pw_gid = (gid_t)atoi(fields[3]),
                           .pw_gecos = fields[4],
                           .pw_dir = fields[5],
                           .pw_shell = fields[6]};
    return &user;
}

struct group* getgrent(void)
{
    static struct group group;
    static char* members[kMembers + 1];
    char* fields[4];
    if (!next_fields(&groups, "/etc/group", group_line, fields, 4)) return NULL;
    int count = 0;
    for (char* name; count < kMembers && (name = strsep(&fields[3], ","));)
        if (*name) members[count++] = name;
    members[count] = NULL;
    group = (struct group){fields[0], fields[1], (gid_t)atoi(fields[2]), members};
    return &group;
}

void setpwent(void)
{
    rewind_file(&users);
}

void endpwent(void)
{
    rewind_file(&users);
}

void setgrent(void)
{
    rewind_file(&groups);
}

void endgrent(void)
{
    rewind_file(&groups);
}

struct passwd* getpwnam(const char* name)
{
    struct passwd* user;
    setpwent();
    while ((user = getpwent()) && strcmp(user->pw_name, name) != 0)
        continue;
    endpwent();
    return user;
}

struct passwd* getpwuid(uid_t uid)
{
    struct passwd* user;
    setpwent();
    while ((user = getpwent()) && user->pw_uid != uid)
        continue;
    endpwent();
    return user;
}

struct group* getgrnam(const char* name)
{
    struct group* group;
    setgrent();
    while ((group = getgrent()) && strcmp(group->gr_name, name) != 0)
        continue;
    endgrent();
    return group;
}

struct group* getgrgid(gid_t gid)
{
    struct group* group;
    setgrent();
    while ((group = getgrent()) && group->gr_gid != gid)
        continue;
    endgrent();
    return group;
}

char* getlogin(void)
{
    const struct passwd* user = getpwuid(getuid());
    return user ? user->pw_name : NULL;
}
