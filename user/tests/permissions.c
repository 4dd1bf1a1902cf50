// Who may do what to a file, as Linux decides it: owners, groups, modes, umask, sticky and set-group directories, set-id
// programs, and the calls that change who a process is. Run as root.
#include "parts.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { kAnna = 1001, kBert = 1002, kOurs = 500, kTheirs = 600 };

static char self[PATH_MAX];  // this program

// A directory of the part's own to work in, open to all.
static void begin(void)
{
    char name[PATH_MAX];
    const char* const place = getenv("TMPDIR");
    snprintf(name, sizeof name, "%s/permissions-%lld", place ? place : "/tmp", now_ns());
    umask(0);
    check(mkdir(name, 0777) == 0 && chdir(name) == 0);
}

// In a child who is somebody else; the parent waits for it.
static int enter(unsigned uid, unsigned gid)
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid != 0) {
        check_child(pid);
        return 0;
    }
    const unsigned none = 0;
    check(syscall(SYS_setgroups32, 0, &none) == 0);
    check(syscall(SYS_setresgid32, gid, gid, gid) == 0);
    check(syscall(SYS_setresuid32, uid, uid, uid) == 0);
    return 1;
}
#define AS(uid, gid) for (; enter(uid, gid); _exit(0))

static void make_file(const char* name, unsigned uid, unsigned gid, mode_t mode)
{
    const int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    check(fd >= 0 && write(fd, "text", 4) == 4 && close(fd) == 0);
    check(syscall(SYS_lchown32, name, uid, gid) == 0 && chmod(name, mode) == 0);
}

static void make_directory(const char* name, unsigned uid, unsigned gid, mode_t mode)
{
    check(mkdir(name, 0700) == 0);
    check(syscall(SYS_lchown32, name, uid, gid) == 0 && chmod(name, mode) == 0);
}

static mode_t mode_of(const char* name)
{
    struct stat st;
    check(lstat(name, &st) == 0);
    return st.st_mode & 07777;
}

static unsigned group_of(const char* name)
{
    struct stat st;
    check(lstat(name, &st) == 0);
    return st.st_gid;
}

// What a process may open: bit 4 reading, bit 2 writing.
static int rights(const char* name)
{
    int got = 0;
    int fd = open(name, O_RDONLY);
    if (fd >= 0) got |= 4;
    close(fd);
    fd = open(name, O_WRONLY);
    if (fd >= 0) got |= 2;
    close(fd);
    return got;
}

PART(one_digit_of_the_mode_decides)
{
    begin();
    make_file("file", kAnna, kOurs, 0246);
    check(rights("file") == 6);                   // root
    AS(kAnna, kOurs) check(rights("file") == 2);  // the owner's digit, though others may more
    AS(kBert, kOurs) check(rights("file") == 4);
    AS(kBert, kTheirs) check(rights("file") == 6);
    check(chmod("file", 0) == 0 && rights("file") == 6);
    AS(kAnna, kOurs) check(rights("file") == 0);
}

PART(opening_with_truncation_needs_the_right_to_write)
{
    begin();
    make_file("file", kAnna, kOurs, 0444);
    AS(kBert, kOurs) check_errno(open("file", O_RDONLY | O_TRUNC), EACCES);
    struct stat st;
    check(stat("file", &st) == 0 && st.st_size == 4);
    AS(kBert, kOurs) check_errno(truncate("file", 0), EACCES);
}

PART(supplementary_groups_count)
{
    begin();
    make_file("file", kAnna, kOurs, 0640);
    AS(kBert, kTheirs) check(rights("file") == 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const unsigned groups[] = {77, kOurs};
        unsigned back[4] = {0};
        unsigned short narrow[4] = {0};
        check(syscall(SYS_setgroups32, 2, groups) == 0);
        check(syscall(SYS_getgroups32, 0, NULL) == 2);
        check_errno(syscall(SYS_getgroups32, 1, back), EINVAL);
        check_errno(syscall(SYS_getgroups32, -1, back), EINVAL);
        check(syscall(SYS_getgroups32, 4, back) == 2 && back[0] == 77 && back[1] == kOurs);
        check(syscall(SYS_getgroups, 4, narrow) == 2 && narrow[0] == 77 && narrow[1] == kOurs);
        check_errno(syscall(SYS_setgroups32, 1, (void*)4), EFAULT);
        check(syscall(SYS_setresuid32, kBert, kBert, kBert) == 0);
        check(rights("file") == 4);
        check_errno(syscall(SYS_setgroups32, 0, groups), EPERM);
        _exit(0);
    }
    check_child(pid);
}

PART(directories_need_search)
{
    begin();
    make_directory("closed", kAnna, kOurs, 0744);
    make_file("closed/file", kAnna, kOurs, 0666);
    struct stat st;
    AS(kBert, kTheirs)
    {
        check_errno(open("closed/file", O_RDONLY), EACCES);
        check_errno(stat("closed/file", &st), EACCES);
        check_errno(stat("closed/none", &st), EACCES);
        check_errno(chdir("closed"), EACCES);
        check(open("closed", O_RDONLY | O_DIRECTORY) >= 0);
        check_errno(open("closed/new", O_CREAT | O_WRONLY, 0600), EACCES);
        check_errno(mkdir("closed/new", 0700), EACCES);
        const int directory = open("closed", O_RDONLY | O_DIRECTORY);
        check_errno(fchdir(directory), EACCES);
        check_errno(openat(directory, "file", O_RDONLY), EACCES);
    }
    check(chmod("closed", 0711) == 0);
    AS(kBert, kTheirs)
    {
        check(stat("closed/file", &st) == 0 && chdir("closed") == 0 && stat("file", &st) == 0);
        check_errno(open(".", O_RDONLY), EACCES);
        check_errno(unlink("file"), EACCES);
        check_errno(rename("file", "other"), EACCES);
        check_errno(link("file", "other"), EACCES);
        check_errno(symlink("file", "other"), EACCES);
        check_errno(mknod("other", S_IFIFO | 0600, 0), EACCES);
        check_errno(rmdir("file"), EACCES);
        check_errno(mkdir("file", 0700), EEXIST);  // what is there is said before who may not write
    }
}

PART(sticky_directories_keep_names)
{
    begin();
    make_directory("sticky", 0, 0, 01777);
    make_file("sticky/annas", kAnna, kOurs, 0666);
    make_file("sticky/berts", kBert, kOurs, 0666);
    make_directory("sticky/annas-directory", kAnna, kOurs, 0777);
    AS(kBert, kTheirs)
    {
        check_errno(unlink("sticky/annas"), EPERM);
        check_errno(rename("sticky/annas", "sticky/mine"), EPERM);
        check_errno(rename("sticky/berts", "sticky/annas"), EPERM);
        check_errno(rmdir("sticky/annas-directory"), EPERM);
        check(rename("sticky/berts", "sticky/mine") == 0 && unlink("sticky/mine") == 0);
    }
    AS(kAnna, kOurs) check(unlink("sticky/annas") == 0);
    make_directory("annas", kAnna, kOurs, 01777);  // the directory's owner may as well
    make_file("annas/berts", kBert, kOurs, 0600);
    AS(kAnna, kOurs) check(unlink("annas/berts") == 0);
}

PART(umask_takes_bits)
{
    begin();
    check(umask(027) == 0 && umask(07777) == 027 && umask(027) == 0777);
    close(open("file", O_CREAT | O_WRONLY, 0666));
    check(mkdir("directory", 0777) == 0 && mknod("fifo", S_IFIFO | 0666, 0) == 0);
    check(mode_of("file") == 0640 && mode_of("directory") == 0750 && mode_of("fifo") == 0640);
    umask(0);
    close(open("set-id", O_CREAT | O_WRONLY, 07777));
    check(mode_of("set-id") == 07777);
    check(mkdir("set-id-directory", 07777) == 0 && mode_of("set-id-directory") == 01777);
}

PART(set_group_directories_hand_down_the_group)
{
    begin();
    make_directory("shared", kAnna, kTheirs, 02777);
    AS(kBert, kOurs)
    {
        umask(0);
        close(open("shared/file", O_CREAT | O_WRONLY, 0666));
        close(open("shared/program", O_CREAT | O_WRONLY, 02775));
        check(mkdir("shared/directory", 0755) == 0 && symlink("x", "shared/link") == 0);
    }
    check(group_of("shared/file") == kTheirs && group_of("shared/link") == kTheirs);
    check(group_of("shared/directory") == kTheirs && mode_of("shared/directory") == 02755);
    check(mode_of("shared/program") == 0775);  // Bert is not in that group
}

PART(chmod_is_the_owners)
{
    begin();
    make_file("file", kAnna, kTheirs, 0644);
    AS(kBert, kTheirs)
    {
        check_errno(chmod("file", 0666), EPERM);
        const int fd = open("file", O_RDONLY);
        check_errno(fchmod(fd, 0666), EPERM);
    }
    AS(kAnna, kOurs) check(chmod("file", 06755) == 0 && mode_of("file") == 04755);  // not in the group
    AS(kAnna, kTheirs) check(chmod("file", 06755) == 0 && mode_of("file") == 06755);
    check(chmod("file", 0170644) == 0 && mode_of("file") == 0644);
    check_errno(chmod("none", 0644), ENOENT);
    check_errno(chmod("file/x", 0644), ENOTDIR);
    check_errno(fchmod(-1, 0644), EBADF);
}

PART(chown_gives_away_as_root_only)
{
    begin();
    make_file("file", kAnna, kOurs, 0644);
    AS(kAnna, kOurs)
    {
        check_errno(chown("file", kBert, -1), EPERM);
        check_errno(chown("file", -1, kTheirs), EPERM);
        check(chown("file", kAnna, kOurs) == 0 && chown("file", -1, -1) == 0);
    }
    AS(kBert, kOurs)
    {
        check_errno(chown("file", kBert, -1), EPERM);
        check_errno(chown("file", -1, kOurs), EPERM);
        check(chown("file", -1, -1) == 0);
    }
    AS(kAnna, kTheirs) check(chown("file", -1, kTheirs) == 0);
    check(group_of("file") == kTheirs);
    check(symlink("file", "link") == 0 && lchown("link", 5, 6) == 0 && group_of("link") == 6);
    check(group_of("file") == kTheirs);
    check(chown("link", -1, 7) == 0 && group_of("file") == 7 && group_of("link") == 6);
}

PART(old_chown_has_16_bits)
{
    begin();
    make_file("file", 100000, 70000, 0644);
    struct stat st;
    check(syscall(SYS_chown, "file", 3, 0xffff) == 0 && stat("file", &st) == 0);
    check(st.st_uid == 3 && st.st_gid == 70000);
    check(symlink("file", "link") == 0 && syscall(SYS_lchown, "link", 8, 9) == 0 && group_of("link") == 9);
    const int fd = open("file", O_RDONLY);
    check(syscall(SYS_fchown, fd, 0xffff, 11) == 0 && group_of("file") == 11);
    check_errno(syscall(SYS_fchown, -1, 1, 1), EBADF);
    const int path = open("file", O_PATH);
    check_errno(syscall(SYS_fchown, path, 1, 1), EBADF);
    check_errno(fchmod(path, 0600), EBADF);
}

PART(changing_a_set_id_program_takes_the_bits_away)
{
    begin();
    make_file("program", kAnna, kOurs, 06755);
    check(chown("program", kAnna, kOurs) == 0 && mode_of("program") == 0755);
    check(chmod("program", 06745) == 0 && chown("program", kAnna, kOurs) == 0);
    check(mode_of("program") == 02745);  // set-group without the group's x is no set-id
    check(chmod("program", 06777) == 0);
    AS(kAnna, kOurs)
    {
        const int fd = open("program", O_WRONLY);
        check(mode_of("program") == 06777 && write(fd, "x", 1) == 1 && mode_of("program") == 0777);
        check(chmod("program", 06777) == 0 && ftruncate(fd, 1) == 0 && mode_of("program") == 0777);
        check(chmod("program", 06777) == 0 && truncate("program", 0) == 0 && mode_of("program") == 0777);
        check(chmod("program", 06777) == 0 && close(open("program", O_WRONLY | O_TRUNC)) == 0);
        check(mode_of("program") == 0777);
    }
    check(chmod("program", 06777) == 0);
    const int fd = open("program", O_WRONLY);  // root may
    check(write(fd, "x", 1) == 1 && mode_of("program") == 06777);
    make_directory("directory", kAnna, kOurs, 06755);
    check(chown("directory", kBert, kTheirs) == 0 && mode_of("directory") == 06755);
}

PART(execution_needs_an_x)
{
    begin();
    make_file("script", kAnna, kOurs, 0666);
    check_errno(execl("script", "script", NULL), EACCES);  // root needs one too
    check_errno(access("script", X_OK), EACCES);
    check(chmod("script", 0610) == 0);
    check(access("script", X_OK | R_OK | W_OK) == 0);
    AS(kAnna, kOurs) check_errno(access("script", X_OK), EACCES);
    AS(kBert, kOurs) check(access("script", X_OK) == 0);
    AS(kBert, kOurs) check_errno(access("script", R_OK), EACCES);
    make_directory("directory", kAnna, kOurs, 0);
    check(access("directory", R_OK | W_OK | X_OK) == 0 && access("directory/x", F_OK) == -1 &&
          errno == ENOENT);
    check_errno(execl("directory", "directory", NULL), EACCES);
    check_errno(access("script", 8), EINVAL);
}

// ---- Set-id programs ----

static void copy_self(const char* to)
{
    char buffer[4096];
    const int in = open(self, O_RDONLY), out = open(to, O_CREAT | O_EXCL | O_WRONLY, 0700);
    check(in >= 0 && out >= 0);
    ssize_t got;
    while ((got = read(in, buffer, sizeof buffer)) > 0)
        check(write(out, buffer, (size_t)got) == got);
    close(in);
    close(out);
}

static void expect_ids(unsigned ruid, unsigned euid, unsigned suid, unsigned rgid, unsigned egid,
                       unsigned sgid)
{
    unsigned u[3], g[3];
    check(syscall(SYS_getresuid32, u, u + 1, u + 2) == 0 && syscall(SYS_getresgid32, g, g + 1, g + 2) == 0);
    if (u[0] != ruid || u[1] != euid || u[2] != suid || g[0] != rgid || g[1] != egid || g[2] != sgid) {
        printf("failed: ids are %u %u %u, %u %u %u\n", u[0], u[1], u[2], g[0], g[1], g[2]);
        fflush(stdout);
        _exit(1);
    }
}

// What a copy of this program does that was started as "ids".
static int say_ids(char** argv)
{
    unsigned wanted[6];
    for (int i = 0; i < 6; i++)
        wanted[i] = (unsigned)atoi(argv[i + 1]);
    expect_ids(wanted[0], wanted[1], wanted[2], wanted[3], wanted[4], wanted[5]);
    const int differs = wanted[0] != wanted[1] || wanted[3] != wanted[4];
    check(getauxval(AT_SECURE) == (unsigned)differs && getauxval(AT_EUID) == wanted[1]);
    check(getauxval(AT_UID) == wanted[0] && getauxval(AT_EGID) == wanted[4]);
    check(syscall(SYS_setfsuid32, -1) == (long)wanted[1] && syscall(SYS_setfsgid32, -1) == (long)wanted[4]);
    return 0;
}

PART(set_id_programs_run_as_their_owner)
{
    begin();
    copy_self("program");
    check(chown("program", kAnna, kTheirs) == 0 && chmod("program", 06755) == 0);
    AS(kBert, kOurs)
    {
        execl("program", "ids", "1002", "1001", "1001", "500", "600", "600", NULL);
        check(!"exec");
    }
    check(chmod("program", 04755) == 0);
    AS(kBert, kOurs) execl("program", "ids", "1002", "1001", "1001", "500", "500", "500", NULL);
    check(chmod("program", 02755) == 0);
    AS(kBert, kOurs) execl("program", "ids", "1002", "1002", "1002", "500", "600", "600", NULL);
    check(chmod("program", 02745) == 0);  // mandatory locking's bits
    AS(kBert, kOurs) execl("program", "ids", "1002", "1002", "1002", "500", "500", "500", NULL);
    check(chmod("program", 0755) == 0);
    AS(kBert, kOurs) execl("program", "ids", "1002", "1002", "1002", "500", "500", "500", NULL);
}

PART(dumpable_ends_with_another_identity)
{
    check(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
    check(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    check_errno(prctl(PR_SET_DUMPABLE, 3, 0, 0, 0), EINVAL);
    check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
    AS(kBert, kOurs) check(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1);
}

// ---- Who a process is ----

PART(setuid_and_its_kin)
{
    AS(0, 0)
    {
        check(syscall(SYS_setreuid32, 10, 20) == 0);
        expect_ids(10, 20, 20, 0, 0, 0);
        check_errno(syscall(SYS_setuid32, 30), EPERM);
        check(syscall(SYS_setuid32, 10) == 0);
        expect_ids(10, 10, 20, 0, 0, 0);
        check(syscall(SYS_setuid32, 20) == 0);
        expect_ids(10, 20, 20, 0, 0, 0);
        check_errno(syscall(SYS_setuid32, -1), EINVAL);
        check_errno(syscall(SYS_setgid32, 7), EPERM);
    }
    AS(0, 0)
    {
        check(syscall(SYS_setresuid32, 10, 20, 30) == 0);
        expect_ids(10, 20, 30, 0, 0, 0);
        check_errno(syscall(SYS_setreuid32, 30, -1), EPERM);  // the saved one cannot become the real one so
        check_errno(syscall(SYS_setresuid32, -1, 40, -1), EPERM);
        check(syscall(SYS_setreuid32, -1, 30) == 0);
        expect_ids(10, 30, 30, 0, 0, 0);
        check(syscall(SYS_setresuid32, 30, 10, -1) == 0);
        expect_ids(30, 10, 30, 0, 0, 0);
        check(syscall(SYS_setreuid32, -1, 30) == 0);  // to the real one: the saved one stays
        expect_ids(30, 30, 30, 0, 0, 0);
    }
    AS(0, 0)
    {
        check(syscall(SYS_setgid32, 5) == 0);
        expect_ids(0, 0, 0, 5, 5, 5);
        check(syscall(SYS_setresgid32, 1, 2, 3) == 0 && syscall(SYS_setregid32, 4, -1) == 0);
        expect_ids(0, 0, 0, 4, 2, 2);
        check(syscall(SYS_setuid32, 9) == 0);
        expect_ids(9, 9, 9, 4, 2, 2);
        check_errno(syscall(SYS_setresgid32, 3, -1, -1), EPERM);
        check(syscall(SYS_setgid32, 4) == 0);
        expect_ids(9, 9, 9, 4, 4, 2);
    }
}

PART(old_id_calls_have_16_bits)
{
    AS(0, 0)
    {
        unsigned short a, b, c;
        check(syscall(SYS_setresgid32, 70000, 80000, 3) == 0);
        check(syscall(SYS_getgid) == 65534 && syscall(SYS_getegid) == 65534);
        check(syscall(SYS_getresgid, &a, &b, &c) == 0 && a == 65534 && b == 65534 && c == 3);
        check(syscall(SYS_setresgid, 0xffff, 6, 0xffff) == 0);
        expect_ids(0, 0, 0, 70000, 6, 3);
        check(syscall(SYS_setregid, 8, 0xffff) == 0 && syscall(SYS_setgid, 9) == 0);
        expect_ids(0, 0, 0, 9, 9, 9);
        check(syscall(SYS_setresuid, 1, 2, 0xffff) == 0);
        expect_ids(1, 2, 0, 9, 9, 9);
        check(syscall(SYS_getuid) == 1 && syscall(SYS_geteuid) == 2);
        check(syscall(SYS_getresuid, &a, &b, &c) == 0 && a == 1 && b == 2 && c == 0);
        check(syscall(SYS_setreuid, 0xffff, 1) == 0 && syscall(SYS_setuid, 0) == 0);
        expect_ids(1, 0, 0, 9, 9, 9);
        check_errno(syscall(SYS_getresuid32, &a, (void*)4, &b), EFAULT);
        const unsigned short groups[] = {3, 4};
        check(syscall(SYS_setgroups, 2, groups) == 0 && syscall(SYS_getgroups, 0, NULL) == 2);
    }
}

PART(setfsuid_is_for_files_only)
{
    begin();
    make_file("file", kAnna, kOurs, 0600);
    AS(0, 0)
    {
        check(syscall(SYS_setfsuid32, kBert) == 0 && syscall(SYS_setfsuid32, -1) == kBert);
        expect_ids(0, 0, 0, 0, 0, 0);
        check(rights("file") == 0);
        check(syscall(SYS_setfsuid32, kAnna) == kBert && rights("file") == 6);
        close(open("new", O_CREAT | O_WRONLY, 0600));
        struct stat st;
        check(stat("new", &st) == 0 && st.st_uid == kAnna && st.st_gid == 0);
        check(syscall(SYS_setfsuid, 0) == kAnna && syscall(SYS_setfsuid, 0) == 0);
        check(syscall(SYS_setfsgid, kOurs) == 0 && syscall(SYS_setfsgid32, 0) == kOurs);
        check(syscall(SYS_setfsuid32, kBert) == 0 && syscall(SYS_setreuid32, -1, kAnna) == 0);
        check(syscall(SYS_setfsuid32, -1) == kAnna);  // it follows
        check(syscall(SYS_setfsuid32, 77) == kAnna && syscall(SYS_setfsuid32, -1) == kAnna);
        check(syscall(SYS_setfsuid32, 0) == kAnna && syscall(SYS_setfsuid32, -1) == 0);
    }
}

PART(access_asks_for_the_real_one)
{
    begin();
    make_file("file", kAnna, kOurs, 0600);
    AS(0, 0)
    {
        check(syscall(SYS_setresuid32, kBert, kAnna, 0) == 0);
        check(rights("file") == 6);
        check_errno(access("file", R_OK), EACCES);
        check_errno(syscall(SYS_faccessat, AT_FDCWD, "file", R_OK), EACCES);
        check_errno(syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK, 0), EACCES);
        check(syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK | W_OK, AT_EACCESS) == 0);
        check(access("file", F_OK) == 0);
    }
    AS(0, 0)
    {
        check(syscall(SYS_setresuid32, 0, kBert, 0) == 0);
        check(rights("file") == 0 && access("file", R_OK | W_OK) == 0);  // the real one is root
        check_errno(syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK, AT_EACCESS), EACCES);
    }
    check(symlink("none", "link") == 0);
    check_errno(access("link", F_OK), ENOENT);
    check(syscall(SYS_faccessat2, AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    check_errno(syscall(SYS_faccessat2, AT_FDCWD, "link", F_OK, 1), EINVAL);
    const int fd = open("file", O_PATH);
    check(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH) == 0);
    check_errno(syscall(SYS_faccessat2, fd, "", R_OK, 0), ENOENT);
}

PART(times_belong_to_the_owner)
{
    begin();
    make_file("file", kAnna, kOurs, 0646);
    const struct timespec given[2] = {{100, 5}, {200, 6}}, now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    const struct timespec half[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}},
                          none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    AS(kBert, kTheirs)
    {
        check_errno(utimensat(AT_FDCWD, "file", given, 0), EPERM);
        check_errno(utimensat(AT_FDCWD, "file", half, 0), EPERM);
        check(utimensat(AT_FDCWD, "file", now, 0) == 0 && utimensat(AT_FDCWD, "file", NULL, 0) == 0);
        check(utimensat(AT_FDCWD, "file", none, 0) == 0);
    }
    AS(kBert, kOurs)
    {
        check_errno(utimensat(AT_FDCWD, "file", now, 0), EACCES);
        check_errno(utimensat(AT_FDCWD, "file", NULL, 0), EACCES);
        check(utimensat(AT_FDCWD, "missing", none, 0) == 0);  // nothing to do: not even looked at
    }
    struct stat st;
    AS(kAnna, kOurs)
    {
        check(utimensat(AT_FDCWD, "file", given, 0) == 0 && stat("file", &st) == 0);
        check(st.st_atime == 100 && st.st_mtime == 200 && st.st_atim.tv_nsec == 5 && st.st_mtim.tv_nsec == 6);
    }
    const struct timespec wrong[2] = {{1, 1000000000}, {1, 0}};
    check_errno(utimensat(AT_FDCWD, "file", wrong, 0), EINVAL);
    check_errno(utimensat(AT_FDCWD, "none", now, 0), ENOENT);
    check_errno(utimensat(AT_FDCWD, "file", now, 1), EINVAL);
    check_errno(utimensat(AT_FDCWD, NULL, now, 0), EFAULT);
    check(symlink("file", "link") == 0 && utimensat(AT_FDCWD, "link", given, AT_SYMLINK_NOFOLLOW) == 0);
    check(lstat("link", &st) == 0 && st.st_mtime == 200);
}

PART(devices_are_roots_to_make)
{
    begin();
    AS(kBert, kOurs)
    {
        check_errno(mknod("null", S_IFCHR | 0666, 0x103), EPERM);
        check_errno(mknod("disk", S_IFBLK | 0666, 0x700), EPERM);
        check(mknod("fifo", S_IFIFO | 0600, 0) == 0 && mknod("file", S_IFREG | 0600, 0) == 0);
        check(mknod("plain", 0600, 0) == 0 && mknod("socket", S_IFSOCK | 0600, 0) == 0);
        check_errno(mknod("directory", S_IFDIR | 0700, 0), EPERM);
        check_errno(mknod("odd", 0150000 | 0600, 0), EINVAL);
        check_errno(chroot("."), EPERM);
    }
    struct stat st;
    check(lstat("socket", &st) == 0 && S_ISSOCK(st.st_mode));
    check(mknod("null", S_IFCHR | 0666, 0x103) == 0 && stat("null", &st) == 0);
    check(S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
}

PART(noatime_is_for_owners)
{
    begin();
    make_file("file", kAnna, kOurs, 0666);
    AS(kBert, kOurs) check_errno(open("file", O_RDONLY | O_NOATIME), EPERM);
    AS(kAnna, kOurs) check(open("file", O_RDONLY | O_NOATIME) >= 0);
    check(open("file", O_RDONLY | O_NOATIME) >= 0);
}

PART(directories_move_only_if_theirs_to_write)
{
    begin();
    make_directory("one", kBert, kOurs, 0777);
    make_directory("two", kBert, kOurs, 0777);
    make_directory("one/annas", kAnna, kOurs, 0755);
    AS(kBert, kOurs)
    {
        check_errno(rename("one/annas", "two/annas"), EACCES);  // its ".." would change
        check(rename("one/annas", "one/other") == 0);
    }
}

int main(int argc, char** argv)
{
    if (strcmp(argv[0], "ids") == 0) return argc == 7 ? say_ids(argv) : 2;
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) return 2;
    self[length] = 0;
    return run_parts(argc, argv);
}
