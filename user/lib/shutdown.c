// Bringing the machine down in order: processes, then file systems.
#include "user/lib/shutdown.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kGraceMilliseconds = 500, kStepMilliseconds = 5 };

static int others_live(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        // as process 1 we inherit them all: a zombie still counts as somebody
    }
    return kill(-1, 0) == 0 || errno != ESRCH;
}

static void wait_until_gone(void)
{
    const struct timespec step = {0, kStepMilliseconds * 1000000L};
    for (int waited = 0; waited < kGraceMilliseconds && others_live(); waited += kStepMilliseconds)
        nanosleep(&step, NULL);
}

void stop_all_processes(void)
{
    signal(SIGHUP, SIG_IGN);  // the session leader dies before us
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    kill(-1, SIGTERM);
    kill(-1, SIGHUP);   // an interactive shell ignores SIGTERM
    kill(-1, SIGCONT);  // a stopped process must run to end
    wait_until_gone();
    kill(-1, SIGKILL);
    wait_until_gone();
}

static int read_mount_points(char points[][128], int most)
{
    char line[512];
    int count = 0;
    FILE* mounts = fopen("/proc/mounts", "r");
    if (!mounts) return 0;
    while (count < most && fgets(line, sizeof line, mounts))
        if (sscanf(line, "%*s %127s", points[count]) == 1) count++;
    fclose(mounts);
    return count;
}

void release_file_systems(void)
{
    enum { kMost = 32 };
    static char points[kMost][128];
    sync();
    int count = read_mount_points(points, kMost);
    while (count-- > 0)  // last mounted, first unmounted
        if (strcmp(points[count], "/") != 0) umount(points[count]);
    mount("none", "/", "ext2", MS_REMOUNT | MS_RDONLY, NULL);
    sync();
}
