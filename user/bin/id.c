// id: who one is.
#include "user/lib/names.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <unistd.h>

static const char help[] =
    "Usage: id [-ugGn] [USER]\n"
    "Show user and group ids.\n"
    "  -u the user's   -g the group's   -G all groups'   -n names instead of numbers\n";

enum { kMostGroups = 64 };

static int names;
static gid_t groups[kMostGroups];
static int group_count;

static void print_id(unsigned id, const char* name)
{
    if (names)
        fputs(name, stdout);
    else
        printf("%u", id);
}

static void take_groups(gid_t own)
{
    groups[0] = own;
    group_count = 1;
    gid_t list[kMostGroups - 1];
    const int count = getgroups(kMostGroups - 1, list);
    for (int i = 0; i < count; i++)
        if (list[i] != own) groups[group_count++] = list[i];
}

int main(int argc, char** argv)
{
    int what = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("ugGnr", NULL)) != -1;) {
        if (letter == 'n')
            names = 1;
        else if (letter != 'r')
            what = letter;
    }
    tool_need_operands(0, 1);
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (tool_operand_count) {
        if (!find_user(tool_operands[0], &uid) || !find_group_of_user(uid, &gid))
            tool_die("'%s': no such user", tool_operands[0]);
        groups[group_count++] = gid;
    } else {
        take_groups(gid);
    }
    if (what == 'u') {
        print_id(uid, user_name(uid));
    } else if (what == 'g') {
        print_id(gid, group_name(gid));
    } else if (what == 'G') {
        for (int i = 0; i < group_count; i++) {
            if (i) putchar(' ');
            print_id(groups[i], group_name(groups[i]));
        }
    } else {
        printf("uid=%u(%s) gid=%u(%s) groups=", (unsigned)uid, user_name(uid), (unsigned)gid,
               group_name(gid));
        for (int i = 0; i < group_count; i++)
            printf("%s%u(%s)", i ? "," : "", (unsigned)groups[i], group_name(groups[i]));
    }
    putchar('\n');
    return tool_end();
}
