// /etc/passwd ("name:x:uid:gid:...") and /etc/group ("name:x:gid:..."), read line by line at each question but
// for the last answer, which is remembered: ls asks the same thing for every file.
#include "user/lib/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
    char name[64];
    unsigned id;     // third field
    unsigned group;  // fourth field of passwd
};

static int parse_record(const char* line, struct record* record)
{
    const char* colon = strchr(line, ':');
    if (!colon || colon == line || (size_t)(colon - line) >= sizeof record->name) return 0;
    memcpy(record->name, line, (size_t)(colon - line));
    record->name[colon - line] = 0;
    const char* id = strchr(colon + 1, ':');
    if (!id) return 0;
    char* end;
    record->id = (unsigned)strtoul(id + 1, &end, 10);
    record->group = *end == ':' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
    return end != id + 1;
}

// By name where `name` is not null, else by id.
static int look_up(const char* file, const char* name, unsigned id, struct record* record)
{
    char line[512];
    int found = 0;
    FILE* stream = fopen(file, "r");
    if (!stream) return 0;
    while (!found && fgets(line, sizeof line, stream))
        found = parse_record(line, record) && (name ? strcmp(record->name, name) == 0 : record->id == id);
    fclose(stream);
    return found;
}

struct cache {
    int valid;
    unsigned id;
    char name[64];
};

static const char* cached_name(struct cache* cache, const char* file, unsigned id)
{
    if (cache->valid && cache->id == id) return cache->name;
    struct record record;
    if (look_up(file, NULL, id, &record))
        strcpy(cache->name, record.name);
    else
        snprintf(cache->name, sizeof cache->name, "%u", id);
    cache->id = id;
    cache->valid = 1;
    return cache->name;
}

const char* user_name(uid_t uid)
{
    static struct cache cache;
    return cached_name(&cache, "/etc/passwd", uid);
}

const char* group_name(gid_t gid)
{
    static struct cache cache;
    return cached_name(&cache, "/etc/group", gid);
}

static int find_id(const char* file, const char* name, unsigned* id)
{
    struct record record;
    char* end;
    if (look_up(file, name, 0, &record)) {
        *id = record.id;
        return 1;
    }
    *id = (unsigned)strtoul(name, &end, 10);
    return end != name && !*end;
}

int find_user(const char* name, uid_t* uid)
{
    unsigned id;
    const int found = find_id("/etc/passwd", name, &id);
    *uid = id;
    return found;
}

int find_group(const char* name, gid_t* gid)
{
    unsigned id;
    const int found = find_id("/etc/group", name, &id);
    *gid = id;
    return found;
}

int find_group_of_user(uid_t uid, gid_t* gid)
{
    struct record record;
    if (!look_up("/etc/passwd", NULL, uid, &record)) return 0;
    *gid = record.group;
    return 1;
}
