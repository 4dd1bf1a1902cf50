// Files by name: opening, making, removing, renaming, linking, their modes and owners, old and new forms of the calls.
#include "answers.h"

enum { kHere = -100, kNoFollow = 0x100, kRemoveDirectory = 0x200, kFollow = 0x400, kEmptyPath = 0x1000 };

// A directory "d" with a file in it, a file "f", a link "l" to it, one to nothing and one to itself.
static void make_names(void)
{
    check(mkdir("d", 0755) == 0);
    close(file_of("f", "some text"));
    close(file_of("d/inside", ""));
    check(symlink("f", "l") == 0 && symlink("nothing", "dangling") == 0 && symlink("self", "self") == 0);
}

PART(open_errors)
{
    make_names();
    say(open, "nothing", O_RDONLY, 0);
    say(open, "", O_RDONLY, 0);
    say(open, "f/x", O_RDONLY, 0);
    say(open, "f/", O_RDONLY, 0);
    say(open, "self", O_RDONLY, 0);
    say(open, "dangling", O_RDONLY, 0);
    say(open, "d", O_WRONLY, 0);
    say(open, "d", O_RDWR, 0);
    say(open, "d", O_RDONLY | O_CREAT, 0644);
    say(open, "d/", O_RDONLY | O_CREAT, 0644);
    say(open, "new/", O_RDWR | O_CREAT, 0644);
    say(open, "f", O_RDWR | O_CREAT | O_EXCL, 0644);
    say(open, "dangling", O_RDWR | O_CREAT | O_EXCL, 0644);
    say(open, "f", O_RDONLY | O_DIRECTORY, 0);
    say(open, "l", O_RDONLY | O_NOFOLLOW, 0);
    say(open, "l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, 0);
    say(open, kNowhere, O_RDONLY, 0);
    say(open, kKernels, O_RDONLY, 0);
    say(open, long_name(256), O_RDONLY, 0);
    say(open, long_name(255), O_RDONLY, 0);
    say(open, long_name(4096), O_RDONLY, 0);
    say(open, strcpy(before_nowhere(2), "f"), O_RDONLY, 0);
    say(open, memset(before_nowhere(1), 'f', 1), O_RDONLY, 0);
    say(open, "nothing/x", O_RDWR | O_CREAT, 0644);
    say_ok(open, "dangling", O_RDWR | O_CREAT, 0644);
    say_ok(open, "nothing", O_RDONLY, 0);
    say_ok(open, "f", O_RDONLY | O_TRUNC, 0);
    say_ok(open, ".", O_RDONLY, 0);
    say_ok(open, "d/..", O_RDONLY | O_DIRECTORY, 0);
    say_ok(creat, "f", 0644);
    say(creat, "d", 0644);
    say(creat, kNowhere, 0644);
}

PART(openat_errors)
{
    make_names();
    const int directory = open("d", O_RDONLY), file = open("f", O_RDONLY);
    say(openat, -1, "f", O_RDONLY, 0);
    say(openat, 99, "f", O_RDONLY, 0);
    say(openat, file, "x", O_RDONLY, 0);
    say(openat, directory, "x", O_RDONLY, 0);
    say_ok(openat, directory, "inside", O_RDONLY, 0);
    say_ok(openat, -1, "/", O_RDONLY, 0);
    say_ok(openat, kHere, "f", O_RDONLY, 0);
    say(openat, directory, "", O_RDONLY, 0);
    const unsigned long long how[3] = {O_RDONLY, 0, 0}, bad_mode[3] = {O_RDONLY, 0644, 0},
                             bad_flag[3] = {1ull << 40, 0, 0};
    say_ok(openat2, directory, "inside", how, 24);
    say(openat2, directory, "inside", how, 8);
    say(openat2, directory, "inside", bad_mode, 24);
    say(openat2, directory, "inside", bad_flag, 24);
    say(openat2, directory, "inside", kNowhere, 24);
    say(openat2, -1, "inside", how, 24);
    say_ok(openat, kHere, ".", 020000000 | O_RDWR | O_DIRECTORY, 0600);
    say(openat, kHere, "f", 020000000 | O_RDWR | O_DIRECTORY, 0600);
    say(openat, kHere, ".", 020000000 | O_RDONLY | O_DIRECTORY, 0600);
}

PART(path_only_descriptors)
{
    make_names();
    char byte;
    struct stat info;
    const int fd = open("f", 010000000);
    say(read, fd, &byte, 1);
    say(write, fd, &byte, 1);
    say(fchmod, fd, 0600);
    say(lseek, fd, 0, 0);
    say(ioctl, fd, 0x5401, &info);
    say(fcntl64, fd, F_GETFL, 0);
    say_ok(dup, fd);
    say(ftruncate, fd, 0);
    say(fsync, fd);
    char space[96];
    say(fstat64, fd, space);
    say(fstatat64, fd, "", space, kEmptyPath);
}

PART(access_answers)
{
    make_names();
    say(access, "f", F_OK);
    say(access, "f", X_OK);
    say(access, "f", 8);
    say(access, "nothing", F_OK);
    say(access, "f/x", F_OK);
    say(access, "self", F_OK);
    say(access, kNowhere, F_OK);
    say(access, "", F_OK);
    say(access, "d", X_OK);
    say(faccessat, -1, "f", F_OK);
    say(faccessat, kHere, "dangling", F_OK);
    say(faccessat2, kHere, "dangling", F_OK, kNoFollow);
    say(faccessat2, kHere, "f", F_OK, 0x200);
    say(faccessat2, kHere, "f", F_OK, 0x8000);
    say(faccessat2, 0, "", F_OK, kEmptyPath);
}

PART(directory_changes)
{
    make_names();
    say(mkdir, "d", 0755);
    say(mkdir, "f", 0755);
    say(mkdir, "l", 0755);
    say(mkdir, "dangling", 0755);
    say(mkdir, "nothing/x", 0755);
    say(mkdir, "f/x", 0755);
    say(mkdir, "", 0755);
    say(mkdir, ".", 0755);
    say(mkdir, "/", 0755);
    say(mkdir, "e/", 0755);
    say(mkdir, long_name(256), 0755);
    say(mkdir, kNowhere, 0755);
    say(mkdirat, -1, "x", 0755);
    say(mkdirat, open("f", O_RDONLY), "x", 0755);
    say(rmdir, "d");
    say(rmdir, "f");
    say(rmdir, "l");
    say(rmdir, "nothing");
    say(rmdir, ".");
    say(rmdir, "e/..");
    say(rmdir, "e/.");
    say(rmdir, "/");
    say(rmdir, "");
    say(rmdir, kNowhere);
    say(rmdir, "e/");
    say(unlink, "d");
    say(unlink, "nothing");
    say(unlink, "f/");
    say(unlink, "f/x");
    say(unlink, "");
    say(unlink, ".");
    say(unlink, "/");
    say(unlink, kNowhere);
    say(unlink, "l");
    say(unlinkat, kHere, "d", 0);
    say(unlinkat, kHere, "f", kRemoveDirectory);
    say(unlinkat, kHere, "f", 1);
    say(unlinkat, -1, "f", 0);
    say(unlinkat, kHere, "f", 0);
    say(unlink, "d/inside");
    say(unlinkat, kHere, "d", kRemoveDirectory);
    say(chdir, "self");
    say(chdir, "nothing");
    say(chdir, "dangling");
    say(chdir, kNowhere);
    say(fchdir, -1);
    say(fchdir, open("dangling", O_RDWR | O_CREAT, 0644));
}

PART(rename_answers)
{
    make_names();
    check(mkdir("e", 0755) == 0 && mkdir("e/sub", 0755) == 0 && mkdir("empty", 0755) == 0);
    say(rename, "nothing", "x");
    say(rename, "f", "nothing/x");
    say(rename, "f", "d");
    say(rename, "d", "f");
    say(rename, "d", "e");
    say(rename, "e", "e/sub/x");
    say(rename, "e", "e/x");
    say(rename, "e/sub", "e");
    say(rename, "f", "f/x");
    say(rename, "f", "f");
    say(rename, "f", "");
    say(rename, "", "f");
    say(rename, ".", "x");
    say(rename, "d/..", "x");
    say(rename, "f", ".");
    say(rename, "/", "x");
    say(rename, "f", "g/");
    say(rename, "d", "dd/");
    say(rename, kNowhere, "x");
    say(rename, "f", kNowhere);
    say(rename, "f", long_name(256));
    say(rename, "dd", "empty");
    say(rename, "l", "ll");
    say(renameat, -1, "f", kHere, "x");
    say(renameat2, kHere, "f", kHere, "ll", 1);
    say(renameat2, kHere, "f", kHere, "ll", 3);
    say(renameat2, kHere, "f", kHere, "ll", 16);
    say(renameat2, kHere, "f", kHere, "free", 1);
}

PART(link_answers)
{
    make_names();
    say(link, "f", "f2");
    say(link, "f", "f2");
    say(link, "f", "d");
    say(link, "d", "d2");
    say(link, "nothing", "x");
    say(link, "f", "nothing/x");
    say(link, "l", "l2");
    say(link, "f", "");
    say(link, "", "x");
    say(link, "f", "x/");
    say(link, kNowhere, "x");
    say(link, "f", kNowhere);
    say(link, "f", "/dev/x");
    say(linkat, kHere, "l", kHere, "f3", kFollow);
    say(linkat, kHere, "l", kHere, "f4", 1);
    say(linkat, -1, "f", kHere, "f4", 0);
    struct stat info;
    check(stat("f", &info) == 0);
    note("links: %d", (int)info.st_nlink);
    say(symlink, "", "x");
    say(symlink, "t", "l");
    say(symlink, "t", "");
    say(symlink, "t", "nothing/x");
    say(symlink, "t", "x/");
    say(symlink, long_name(4095), "x");
    say(symlink, long_name(4096), "x2");
    say(symlink, kNowhere, "x3");
    say(symlink, "t", kNowhere);
    say(symlinkat, "t", -1, "x4");
    char buffer[16];
    say(readlink, "l", buffer, 16);
    say(readlink, "dangling", buffer, 3);
    say(readlink, "l", buffer, 0);
    say(readlink, "l", buffer, -1);
    say(readlink, "f", buffer, 16);
    say(readlink, "d", buffer, 16);
    say(readlink, "nowhere", buffer, 16);
    say(readlink, "l", kNowhere, 16);
    say(readlink, "self", buffer, 16);
    say(readlinkat, -1, "l", buffer, 16);
    say(readlinkat, open("l", 010000000 | O_NOFOLLOW), "", buffer, 16);
}

PART(node_answers)
{
    say(mknod, "fifo", S_IFIFO | 0644, 0);
    say(mknod, "fifo", S_IFIFO | 0644, 0);
    say(mknod, "plain", 0644, 0);
    say(mknod, "regular", S_IFREG | 0644, 0);
    say(mknod, "directory", S_IFDIR | 0755, 0);
    say(mknod, "link", S_IFLNK | 0777, 0);
    say(mknod, "nonsense", 0030000 | 0644, 0);
    say(mknod, "null", S_IFCHR | 0666, 0x103);
    say(mknod, "nothing/x", S_IFIFO | 0644, 0);
    say(mknod, "", S_IFIFO | 0644, 0);
    say(mknodat, -1, "x", S_IFIFO | 0644, 0);
    say(mknodat, kHere, "socket", S_IFSOCK | 0644, 0);
    say(open, "socket", O_RDONLY, 0);
    say(open, "fifo", O_WRONLY | O_NONBLOCK, 0);
    say_ok(open, "fifo", O_RDONLY | O_NONBLOCK, 0);
    say_ok(open, "fifo", O_WRONLY | O_NONBLOCK, 0);
    say_ok(open, "null", O_RDWR, 0);
}

PART(mode_answers)
{
    make_names();
    struct stat info;
    say(chmod, "f", 0604);
    say(chmod, "nothing", 0600);
    say(chmod, "self", 0600);
    say(chmod, kNowhere, 0600);
    say(fchmod, -1, 0600);
    say(fchmod, open("f", O_RDONLY), 06755);
    check(stat("f", &info) == 0);
    note("mode %o", (unsigned)info.st_mode);
    say(fchmodat, -1, "f", 0600);
    say(fchmodat2, kHere, "l", 0600, kNoFollow);
    say(fchmodat2, kHere, "f", 0640, 0);
    say(fchmodat2, kHere, "f", 0640, 1);
    say(chown, "f", 1, 2);
    say(chown32, "f", 70000, 70001);
    check(stat("f", &info) == 0);
    note("%u %u", (unsigned)info.st_uid, (unsigned)info.st_gid);
    say(chown32, "f", -1, 5);
    say(lchown32, "dangling", 3, 4);
    say(lchown, "dangling", 3, 4);
    say(chown32, "dangling", 3, 4);
    say(chown32, kNowhere, 3, 4);
    say(fchown32, -1, 3, 4);
    say(fchown, open("f", O_RDONLY), 65535, 7);
    say(fchownat, -1, "f", 1, 1, 0);
    say(fchownat, kHere, "f", 1, 1, 2);
    say(fchownat, kHere, "dangling", 9, 9, kNoFollow);
    check(stat("f", &info) == 0);
    note("%u %u %o", (unsigned)info.st_uid, (unsigned)info.st_gid, (unsigned)info.st_mode);
}

static void files_of_a_user(void)
{
    char byte;
    become_user(1000);
    say(open, "theirs", O_RDONLY, 0);
    say(open, "readable", O_RDWR, 0);
    say_ok(open, "readable", O_RDONLY, 0);
    say(open, "closed/f", O_RDONLY, 0);
    say(open, "listed/f", O_RDONLY, 0);
    say(open, "searched", O_RDONLY, 0);
    say_ok(open, "searched/f", O_RDONLY, 0);
    say(open, "searched/new", O_RDWR | O_CREAT, 0600);
    say(unlink, "searched/f");
    say(unlink, "sticky/f");
    say(rename, "sticky/f", "sticky/g");
    say(mkdir, "closed/d", 0755);
    say(chmod, "readable", 0777);
    say(chown32, "readable", 1000, -1);
    say(chown32, "readable", -1, -1);
    say(access, "theirs", R_OK);
    say(access, "readable", R_OK | W_OK);
    say(access, "closed/f", F_OK);
    say(truncate, "readable", 0);
    say(chdir, "closed");
    say(rmdir, "closed");
    say(symlink, "x", "closed/x");
    say(utimensat, kHere, "readable", 0, 0);
    const int mine[4] = {1, 1, 1, 1};
    say(utimensat, kHere, "readable", mine, 0);
    say(fchdir, open("listed", O_RDONLY));
    say(mknod, "sticky/fifo", S_IFIFO | 0600, 0);
    say(readlink, "closed/x", &byte, 1);
    say(statfs64, "closed/x", 84, &byte);
    say(open, "readable", O_RDONLY | 01000000, 0);
    say_ok(open, "sticky/mine", O_RDWR | O_CREAT, 0);
    say(open, "sticky/mine", O_RDWR, 0);
    say(chown32, "sticky/mine", 1000, 1000);
    say(chown32, "sticky/mine", 1001, -1);
    say(chown32, "sticky/mine", -1, 55);
    say(chmod, "sticky/mine", 02777);
}

PART(files_without_rights)
{
    const char* const directories[] = {"closed", "listed", "searched", "sticky"};
    const int modes[] = {0700, 0744, 0711, 01777};
    for (int i = 0; i < 4; i++) {
        char name[32];
        check(mkdir(directories[i], 0755) == 0);
        snprintf(name, sizeof name, "%s/f", directories[i]);
        close(file_of(name, "x"));
        check(chmod(directories[i], modes[i]) == 0);
    }
    close(file_of("theirs", "x"));
    close(file_of("readable", "x"));
    chmod("theirs", 0600);
    in_child(files_of_a_user);
}

PART(stat_errors)
{
    make_names();
    static char space[512];
    say(stat64, "f", space);
    say(stat64, "nothing", space);
    say(stat64, "dangling", space);
    say(stat64, "self", space);
    say(stat64, "f/x", space);
    say(stat64, "f/", space);
    say(stat64, "", space);
    say(stat64, "f", kNowhere);
    say(stat64, kNowhere, space);
    say(lstat64, "self", space);
    say(lstat64, "nothing", space);
    say(fstat64, -1, space);
    say(fstat64, 0, kNowhere);
    say(stat, "f", space);
    say(lstat, "dangling", space);
    say(fstat, -1, space);
    say(fstatat64, -1, "f", space, 0);
    say(fstatat64, kHere, "f", space, 1);
    say(fstatat64, kHere, "", space, 0);
    say(fstatat64, kHere, "", space, kEmptyPath);
    say(fstatat64, open("f", O_RDONLY), "", space, kEmptyPath);
    say(statx, kHere, "f", 0, 0x7ff, space);
    say(statx, kHere, "f", 0x6000, 0x7ff, space);
    say(statx, kHere, "f", 1, 0x7ff, space);
    say(statx, kHere, "f", 0, 0x80000000, space);
    say(statx, kHere, "nothing", 0, 0x7ff, space);
    say(statx, -1, "f", 0, 0x7ff, space);
    say(statx, kHere, "f", 0, 0x7ff, kNowhere);
    say(statx, kHere, "", kEmptyPath, 0x7ff, space);
    say(statfs, "f", space);
    say(statfs, "nothing", space);
    say(statfs, "f", kNowhere);
    say(fstatfs, -1, space);
    say(statfs64, "f", 84, space);
    say(statfs64, "f", 64, space);
    say(fstatfs64, 0, 84, kNowhere);
    say(fstatfs64, -1, 84, space);
}

PART(stat_fields)
{
    make_names();
    struct stat info;
    link("f", "d/other");
    check(stat("f", &info) == 0);
    note("mode %o, links %d, size %d, blocks %d", (unsigned)info.st_mode, (int)info.st_nlink,
         (int)info.st_size, info.st_blocks > 0);
    check(lstat("l", &info) == 0);
    note("mode %o, links %d, size %d", (unsigned)info.st_mode, (int)info.st_nlink, (int)info.st_size);
    check(stat("/dev/null", &info) == 0);
    note("mode %o, device %x", (unsigned)info.st_mode, (unsigned)info.st_rdev);
    unsigned short old[32];
    say(stat, "f", old);
    note("mode %o, links %u", old[4], old[5]);
    unsigned statx_words[64];
    say(statx, kHere, "f", 0, 0x7ff, statx_words);
    note("mask %x, links %u, size %u", statx_words[0] & 0x7ff, statx_words[4], statx_words[10]);
}

PART(time_changes)
{
    make_names();
    const int good[4] = {1000, 5, 2000, 6}, negative[4] = {1, -1, 1, 0}, large[4] = {1, 1000000000, 1, 0};
    const int now_and_omit[4] = {0, 0x3fffffff, 0, 0x3ffffffe}, omit[4] = {0, 0x3ffffffe, 0, 0x3ffffffe};
    const int micro[4] = {3000, 7, 4000, 1000000}, old[2] = {11, 12};
    struct stat info;
    say(utimensat, kHere, "f", good, 0);
    check(stat("f", &info) == 0);
    note("%d.%d %d.%d", (int)info.st_atim.tv_sec, (int)info.st_atim.tv_nsec, (int)info.st_mtim.tv_sec,
         (int)info.st_mtim.tv_nsec);
    say(utimensat, kHere, "f", negative, 0);
    say(utimensat, kHere, "f", large, 0);
    say(utimensat, kHere, "f", now_and_omit, 0);
    check(stat("f", &info) == 0);
    note("kept: %d, now: %d", (int)info.st_mtim.tv_sec, info.st_atim.tv_sec > 1000000);
    say(utimensat, kHere, "nothing", omit, 0);
    say(utimensat, kHere, "nothing", good, 0);
    say(utimensat, kHere, "dangling", good, kNoFollow);
    say(utimensat, kHere, "f", good, 1);
    say(utimensat, -1, "f", good, 0);
    say(utimensat, kHere, "f", kNowhere, 0);
    say(utimensat, open("f", O_RDONLY), 0, good, 0);
    say(utimensat, kHere, 0, good, 0);
    say(utimes, "f", micro);
    say(utimes, "nothing", 0);
    say(utimes, "f", 0);
    say(utime, "f", old);
    check(stat("f", &info) == 0);
    note("%d %d", (int)info.st_atim.tv_sec, (int)info.st_mtim.tv_sec);
    say(utime, "nothing", old);
    say(utime, "f", kNowhere);
    say(futimesat, kHere, "f", micro);
    say(futimesat, -1, "f", 0);
    const long long wide[4] = {1ll << 32, 5, 7, 8};
    say(utimensat_time64, kHere, "f", wide, 0);
}

PART(xattr_errors)
{
    make_names();
    char buffer[64];
    say(getxattr, "nothing", "user.x", buffer, 64);
    say(setxattr, "nothing", "user.x", "1", 1, 0);
    say(listxattr, "nothing", buffer, 64);
    say(removexattr, "nothing", "user.x");
    say(fgetxattr, -1, "user.x", buffer, 64);
    say(fsetxattr, -1, "user.x", "1", 1, 0);
    say(flistxattr, -1, buffer, 64);
    say(fremovexattr, -1, "user.x");
}

PART(truncate_answers)
{
    make_names();
    struct stat info;
    say(truncate, "f", 3);
    say(truncate, "f", -1);
    say(truncate, "nothing", 0);
    say(truncate, "d", 0);
    say(truncate, "", 0);
    say(truncate, kNowhere, 0);
    say(truncate64, "f", 0x7ffff000, 0);
    check(stat("f", &info) == 0);
    note("size %llx", (unsigned long long)info.st_size);
    say(truncate64, "f", 0, -1);
    say(truncate64, "f", 0, 0x7fffff00);
    say(ftruncate, -1, 0);
    say(ftruncate, open("f", O_RDONLY), 0);
    say(ftruncate, open("f", O_RDWR), 5);
    say(ftruncate, open("f", O_RDWR), -5);
    say(ftruncate64, open("f", O_RDWR), 6, 0);
    int ends[2];
    check(pipe(ends) == 0);
    say(ftruncate, ends[1], 0);
    say(ftruncate, open("/dev/null", O_RDWR), 0);
}

PART(current_directory)
{
    char buffer[4096];
    say(chdir, "/tmp");
    say(getcwd, buffer, 4096);
    say(getcwd, buffer, 5);
    say(getcwd, buffer, 4);
    say(getcwd, buffer, 0);
    say(getcwd, kNowhere, 4096);
    check(mkdtemp(strcpy(buffer, "/tmp/gone-XXXXXX")) && chdir(buffer) == 0 && rmdir(buffer) == 0);
    say(getcwd, buffer, 4096);
    say(open, "x", O_RDWR | O_CREAT, 0644);
    say(mkdir, "x", 0755);
    say_ok(open, ".", O_RDONLY, 0);
    say(chdir, "..");
}

PART(mount_errors)
{
    make_names();
    say(mount, "none", "nothing", "tmpfs", 0, 0);
    say(mount, "none", "d", "nosuchfs", 0, 0);
    say(mount, "none", "f", "proc", 0, 0);
    say(mount, "nothing", "d", "ext2", 0, 0);
    say(mount, "f", "d", "ext2", 0, 0);
    say(mount, "none", kNowhere, "tmpfs", 0, 0);
    say(mount, "none", "d", kNowhere, 0, 0);
    say(umount, "d");
    say(umount, "nothing");
    say(umount, kNowhere);
    say(umount2, "d", 0x100);
    say(umount2, "d", 3);
    say(chroot, "nothing");
    say(chroot, "f");
    say(chroot, kNowhere);
    say(pivot_root, "nothing", "d");
    say(swapon, "nothing", 0);
    say(swapoff, "nothing");
    say(swapoff, "f");
    say(sync);
    say(syncfs, -1);
    say(syncfs, open("f", O_RDONLY));
    say(fsync, -1);
    say(fdatasync, -1);
    say(fsync, open("f", O_RDONLY));
    say(sync_file_range, -1, 0, 0, 0, 0, 0);
}
