// Pseudo-terminals as files, and the sessions that they control: who gets which signal, who is stopped, who is cut off.
#include "ptypair.h"

#include <sys/stat.h>
#include <sys/syscall.h>

static volatile sig_atomic_t seen[65];

static void note(int signal)
{
    seen[signal]++;
}

static void catch_signal(int signal)
{
    struct sigaction action = {0};
    action.sa_handler = note;
    check(sigaction(signal, &action, NULL) == 0);
}

static void wait_for_signal(int signal)
{
    for (int rounds = 0; !seen[signal] && rounds < 12000; rounds++)
        nap_ms(5);
    check(seen[signal]);
    seen[signal] = 0;
}

// One byte through a pipe, for turns between processes.
struct turn {
    int ends[2];
};

static struct turn new_turn(void)
{
    struct turn turn;
    check(pipe(turn.ends) == 0);
    return turn;
}

static void give_turn(struct turn turn)
{
    check(write(turn.ends[1], "", 1) == 1);
}

static void take_turn(struct turn turn)
{
    char byte;
    ssize_t count;
    while ((count = read(turn.ends[0], &byte, 1)) < 0 && errno == EINTR)
        ;
    check(count == 1);
}

static void slave_name(int master, char* name)
{
    check(unlockpt(master) == 0 && ptsname_r(master, name, 32) == 0);
}

// A child that leads a session, with the pair's slave as its controlling terminal and no other descriptor of the pair.
static pid_t lead(struct pair pair, void (*run)(int tty))
{
    char name[32];
    slave_name(pair.master, name);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    close_pair(pair);
    check(setsid() == getpid());
    const int tty = open(name, O_RDWR);
    check(tty >= 0);
    run(tty);
    _exit(0);
}

// A child in a group of its own, both sides sure of it; in the foreground if that is asked for.
static pid_t start_group(int tty, int in_foreground, void (*run)(int tty))
{
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        if (in_foreground) {
            signal(SIGTTOU, SIG_IGN);
            check(tcsetpgrp(tty, getpid()) == 0);
            signal(SIGTTOU, SIG_DFL);
        }
        run(tty);
        _exit(0);
    }
    setpgid(pid, pid);
    for (pid_t now; in_foreground && (now = tcgetpgrp(tty)) >= 0 && now != pid;)  // -1: hung up already
        nap_ms(2);
    return pid;
}

static int next_status(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, WUNTRACED) != pid)
        check(errno == EINTR);
    return status;
}

static void must_stop(pid_t pid, int signal)
{
    const int status = next_status(pid);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != signal) {
        printf("failed: status 0x%x, not stopped by %d\n", status, signal);
        fflush(stdout);
        _exit(1);
    }
}

// ---- Pairs as files ----

PART(opening)
{
    char name[32], byte;
    unsigned number;
    int locked = 0;
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    check(master >= 0 && isatty(master));
    check(ioctl(master, TIOCGPTN, &number) == 0);
    check(ptsname_r(master, name, sizeof name) == 0);
    check(ioctl(master, TIOCGPTLCK, &locked) == 0 && locked == 1);
    check_errno(open(name, O_RDWR | O_NOCTTY), EIO);
    check(unlockpt(master) == 0 && ioctl(master, TIOCGPTLCK, &locked) == 0 && locked == 0);
    check(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    check_errno(read(master, &byte, 1), EAGAIN);  // nobody was there yet, which is not the end
    check(write(master, "early\n", 6) == 6);
    const struct pair p = {master, open(name, O_RDWR | O_NOCTTY)};
    check(p.slave >= 0);
    reads(p, "early\n");
    struct stat status;
    check(fstat(p.slave, &status) == 0 && S_ISCHR(status.st_mode));
    check(status.st_rdev == (136u + number / 256) * 256 + number % 256 && status.st_uid == getuid());
    check(strcmp(ttyname(p.slave), name) == 0);
    check_errno(lseek(p.slave, 0, SEEK_SET), ESPIPE);
}

PART(numbers_are_used_again)
{
    enum { kPairs = 60 };
    int masters[kPairs];
    unsigned numbers[kPairs], again;
    for (int i = 0; i < kPairs; i++) {
        masters[i] = posix_openpt(O_RDWR | O_NOCTTY);
        check(masters[i] >= 0 && ioctl(masters[i], TIOCGPTN, &numbers[i]) == 0);
        check(i == 0 || numbers[i] > numbers[i - 1]);
    }
    close(masters[20]);
    close(masters[10]);
    masters[10] = posix_openpt(O_RDWR | O_NOCTTY);
    check(ioctl(masters[10], TIOCGPTN, &again) == 0 && again == numbers[10]);  // the lowest that is free
    char name[32];
    snprintf(name, sizeof name, "/dev/pts/%u", numbers[20]);
    check_errno(open(name, O_RDWR | O_NOCTTY), ENOENT);
    for (int i = 0; i < kPairs; i++)
        if (i != 20) check(close(masters[i]) == 0);
}

PART(slave_that_closes)
{
    struct pair p = open_pair();
    char bytes[16];
    write_text(p, "last");
    close(p.slave);
    check(is_ready(p.master, POLLIN, kPatience) == (POLLIN | POLLHUP));
    check(read(p.master, bytes, sizeof bytes) == 4 && memcmp(bytes, "last", 4) == 0);
    check_errno(read(p.master, bytes, sizeof bytes), EIO);
    check(is_ready(p.master, POLLIN | POLLOUT, kPatience) == (POLLHUP | POLLOUT));
    p.slave = open_slave(p.master, O_RDWR | O_NOCTTY);
    check(fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
    check_errno(read(p.master, bytes, sizeof bytes), EAGAIN);
    write_text(p, "new");
    shows(p, "new");
}

PART(slave_that_closes_wakes_the_master)
{
    struct pair p = open_pair();
    char byte;
    const pid_t closer = fork();
    if (closer == 0) {
        nap_ms(50);
        _exit(0);
    }
    close(p.slave);
    check_errno(read(p.master, &byte, 1), EIO);
    check_child(closer);
}

PART(master_that_closes)
{
    struct pair p = open_pair();
    char byte;
    int number;
    struct termios modes;
    type(p, "unread\n");
    check(is_ready(p.slave, POLLIN, kPatience) & POLLIN);
    close(p.master);
    check(read(p.slave, &byte, 1) == 0);
    check_errno(write(p.slave, "x", 1), EIO);
    check_errno(tcgetattr(p.slave, &modes), EIO);
    check_errno(ioctl(p.slave, FIONREAD, &number), EIO);
    check_errno(ioctl(p.slave, TIOCSPGRP, &number), ENOTTY);
    check(is_ready(p.slave, POLLIN | POLLOUT, kPatience) == (POLLIN | POLLOUT | POLLERR | POLLHUP));
}

PART(master_that_closes_wakes_the_slave)
{
    struct pair p = open_pair();
    const pid_t reader = fork();
    if (reader == 0) {
        char byte;
        close(p.master);
        errno = 0;
        const ssize_t count = read(p.slave, &byte, 1);
        _exit(!(count == 0 || (count == -1 && errno == EIO)));
    }
    const pid_t writer = fork();
    if (writer == 0) {
        static char much[65536];
        close(p.master);
        ssize_t count;
        while ((count = write(p.slave, much, sizeof much)) > 0)
            ;
        _exit(!(count == -1 && errno == EIO));
    }
    nap_ms(100);
    close(p.master);
    check_child(reader);
    check_child(writer);
}

PART(peer)
{
    const struct pair p = open_pair();
    const int peer = ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    check(peer >= 0 && fcntl(peer, F_GETFD) == FD_CLOEXEC);
    struct stat one, other;
    check(fstat(peer, &one) == 0 && fstat(p.slave, &other) == 0);
    check(one.st_rdev == other.st_rdev && one.st_ino == other.st_ino);
    check(write(peer, "hi", 2) == 2);
    shows(p, "hi");
}

PART(packets)
{
    const struct pair p = open_pair();
    int on = 1, is_on = 0;
    char bytes[16];
    check(ioctl(p.master, TIOCPKT, &on) == 0 && ioctl(p.master, TIOCGPKT, &is_on) == 0 && is_on == 1);
    write_text(p, "data");
    shows(p, "\0data");
    check(tcflush(p.slave, TCIFLUSH) == 0);
    check(is_ready(p.master, POLLIN | POLLPRI, kPatience) == (POLLIN | POLLPRI));
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_FLUSHREAD);
    check(tcflush(p.slave, TCOFLUSH) == 0);
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_FLUSHWRITE);
    check(tcflow(p.slave, TCOOFF) == 0);
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_STOP);
    check(tcflow(p.slave, TCOON) == 0);
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_START);
    change(p, kIn, IXON, 0);
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_NOSTOP);
    change(p, kIn, 0, IXON);
    check(read(p.master, bytes, sizeof bytes) == 1 && bytes[0] == TIOCPKT_DOSTOP);
    write_text(p, "0123456789");
    check(is_ready(p.master, POLLIN, kPatience) == POLLIN);
    check(read(p.master, bytes, 4) == 4 && memcmp(bytes,
                                                  "\0"
                                                  "012",
                                                  4) == 0);
    check(read(p.master, bytes, sizeof bytes) == 8 && memcmp(bytes,
                                                             "\0"
                                                             "3456789",
                                                             8) == 0);
    on = 0;
    check(ioctl(p.master, TIOCPKT, &on) == 0);
    write_text(p, "plain");
    shows(p, "plain");
}

PART(exclusive)
{
    const struct pair p = open_pair();
    int is_exclusive = 0;
    char name[32];
    slave_name(p.master, name);
    check(chmod(name, 0666) == 0);
    check(ioctl(p.slave, TIOCEXCL) == 0 && ioctl(p.slave, TIOCGEXCL, &is_exclusive) == 0 &&
          is_exclusive == 1);
    const pid_t other = fork();
    if (other == 0) {
        check(open(name, O_RDWR | O_NOCTTY) >= 0);  // root may
        check(setuid(1000) == 0);
        check_errno(open(name, O_RDWR | O_NOCTTY), EBUSY);
        _exit(0);
    }
    check_child(other);
    check(ioctl(p.slave, TIOCNXCL) == 0 && ioctl(p.slave, TIOCGEXCL, &is_exclusive) == 0 &&
          is_exclusive == 0);
}

PART(vanishing_user)  // who is not root owns the terminal that he made
{
    check(setuid(1000) == 0);
    const struct pair p = open_pair();
    struct stat status;
    check(fstat(p.slave, &status) == 0 && status.st_uid == 1000);
    type(p, "x\n");
    reads(p, "x\n");
}

// ---- Sessions ----

static void check_control(int tty)
{
    check(tcgetsid(tty) == getpid() && tcgetpgrp(tty) == getpid());
    const int own = open("/dev/tty", O_RDWR);
    check(own >= 0);
    check(write(own, "own", 3) == 3);
    struct stat status;
    check(fstat(own, &status) == 0 && status.st_rdev == 5 * 256);
    check(ioctl(tty, TIOCSCTTY, 0) == 0);  // it is that already
    const struct pair second = open_pair();
    close(second.slave);
    check(open_slave(second.master, O_RDWR) >= 0);  // a session has one terminal
    const int other = open_slave(second.master, O_RDWR | O_NOCTTY);
    check_errno(ioctl(other, TIOCSCTTY, 0), EPERM);
    check_errno(tcgetpgrp(other), ENOTTY);
    check_errno(tcgetsid(other), ENOTTY);
    check_errno(tcsetpgrp(other, getpid()), ENOTTY);
}

PART(leader_gets_a_terminal)
{
    const struct pair p = open_pair();
    const pid_t leader = lead(p, check_control);
    shows(p, "own");
    check_child(leader);
}

PART(who_gets_no_terminal)
{
    const struct pair p = open_pair();
    char name[32];
    slave_name(p.master, name);
    const pid_t pid = fork();
    if (pid == 0) {
        check(setsid() > 0);
        check_errno(open("/dev/tty", O_RDWR), ENXIO);
        check(open(name, O_RDWR | O_NOCTTY) >= 0);
        check_errno(open("/dev/tty", O_RDWR), ENXIO);
        check(open(name, O_WRONLY) >= 0);  // to write only: nobody shall read what others type
        check_errno(open("/dev/tty", O_RDWR), ENXIO);
        const pid_t child = fork();
        if (child == 0) {
            const int tty = open(name, O_RDWR);  // no leader
            check(tty >= 0);
            check_errno(open("/dev/tty", O_RDWR), ENXIO);
            check_errno(ioctl(tty, TIOCSCTTY, 0), EPERM);
            _exit(0);
        }
        check_child(child);
        const int tty = open(name, O_RDWR | O_NOCTTY);
        check(ioctl(tty, TIOCSCTTY, 0) == 0 && tcgetsid(tty) == getpid());
        signal(SIGHUP, SIG_IGN);  // the foreground group hears of it
        check(ioctl(tty, TIOCNOTTY) == 0);
        check_errno(ioctl(tty, TIOCNOTTY), ENOTTY);
        check_errno(open("/dev/tty", O_RDWR), ENXIO);
        check_errno(tcgetsid(tty), ENOTTY);
        _exit(0);
    }
    check_child(pid);
}

static void give_up(int tty)
{
    check(ioctl(tty, TIOCNOTTY) == 0);
    check_errno(open("/dev/tty", O_RDWR), ENXIO);
    check_errno(tcgetpgrp(tty), ENOTTY);
}

// The rest of the session keeps it, until a leader that starts anew takes it away.
static void give_up_alone(int tty)
{
    pid_t child = fork();
    if (child == 0) {
        give_up(tty);
        _exit(0);
    }
    check_child(child);
    check(open("/dev/tty", O_RDWR) >= 0);

    child = fork();
    if (child == 0) {
        give_up(tty);
        const pid_t grandchild = fork();
        if (grandchild == 0) {
            check_errno(open("/dev/tty", O_RDWR), ENXIO);
            signal(SIGHUP, SIG_IGN);
            check(setsid() == getpid() && ioctl(tty, TIOCSCTTY, 1) == 0);
            check(open("/dev/tty", O_RDWR) >= 0);
            _exit(0);
        }
        check_child(grandchild);
        _exit(0);
    }
    check_child(child);
    check_errno(open("/dev/tty", O_RDWR), ENXIO);
}

PART(one_process_gives_its_terminal_up)
{
    const struct pair p = open_pair();
    check_child(lead(p, give_up_alone));
}

static void hang_up_by_call(int tty)
{
    char byte;
    signal(SIGHUP, SIG_IGN);
    check(syscall(SYS_vhangup) == 0);
    check(read(tty, &byte, 1) == 0);
    check_errno(open("/dev/tty", O_RDWR), ENXIO);
    check(setuid(1000) == 0);
    check_errno(syscall(SYS_vhangup), EPERM);
}

PART(vhangup_cuts_off_all)
{
    const struct pair p = open_pair();
    check_child(lead(p, hang_up_by_call));
    char byte;
    check(read(p.slave, &byte, 1) == 0);
    check_errno(write(p.slave, "x", 1), EIO);
    const int fresh = open_slave(p.master, O_RDWR | O_NOCTTY);  // but the pair goes on
    check(fresh >= 0);
    const struct pair again = {p.master, fresh};
    type(again, "x\n");
    reads(again, "x\n");
}

static void rest(int tty)
{
    (void)tty;
    for (;;)
        pause();
}

PART(a_terminal_has_one_session)
{
    const struct pair p = open_pair();
    const pid_t owner = lead(p, rest);
    pid_t session = 0, none = -1;
    while (ioctl(p.master, TIOCGSID, &session) != 0)  // the master may ask, whose session it is not
        nap_ms(2);
    check(session == owner && ioctl(p.master, TIOCGPGRP, &none) == 0 && none == owner);
    check_errno(ioctl(p.slave, TIOCGSID, &session), ENOTTY);
    check_errno(tcsetpgrp(p.master, owner), ENOTTY);
    const pid_t other = fork();
    if (other == 0) {
        check(setsid() > 0);
        check_errno(ioctl(p.slave, TIOCSCTTY, 0), EPERM);
        check(ioctl(p.slave, TIOCSCTTY, 1) == 0 && tcgetsid(p.slave) == getpid());  // root steals it
        _exit(0);
    }
    check_child(other);
    kill(owner, SIGKILL);
    status_of(owner);
}

// ---- Keys that are signals ----

static struct turn ready, may_end;

static void report_keys(int tty)
{
    (void)tty;
    static const int wanted[] = {SIGINT, SIGQUIT, SIGTSTP};
    for (int i = 0; i < 3; i++)
        catch_signal(wanted[i]);
    give_turn(ready);
    for (int i = 0; i < 3; i++) {
        wait_for_signal(wanted[i]);
        give_turn(ready);
    }
}

static void stay_in_background(int tty)
{
    (void)tty;
    for (int signal_number = 1; signal_number < 32; signal_number++)
        if (signal_number != SIGKILL && signal_number != SIGSTOP && signal_number != SIGHUP)
            catch_signal(signal_number);
    give_turn(ready);
    take_turn(may_end);
    check(!seen[SIGINT] && !seen[SIGQUIT] && !seen[SIGTSTP]);
}

PART(keys_go_to_the_foreground)
{
    const struct pair p = open_pair();
    ready = new_turn();
    const pid_t leader = lead(p, report_keys);
    take_turn(ready);
    type(p, "lost\x03");
    take_turn(ready);
    type(p, "\x1c");
    take_turn(ready);
    type(p, "\x1a");
    take_turn(ready);
    check_child(leader);
    nothing_to_read(p);   // what was typed before is gone
    shows(p, "^C^\\^Z");  // not even shown
}

static void lead_background(int tty)
{
    ready = new_turn();
    may_end = new_turn();
    const pid_t background = start_group(tty, 0, stay_in_background);
    take_turn(ready);
    catch_signal(SIGINT);
    check(write(tty, "go\n", 3) == 3);
    wait_for_signal(SIGINT);
    give_turn(may_end);
    check_child(background);
}

PART(keys_spare_the_background)
{
    const struct pair p = open_pair();
    const pid_t leader = lead(p, lead_background);
    shows(p, "go\r\n");
    type(p, "\x03");
    check_child(leader);
}

PART(keys_without_flush)
{
    const struct pair p = open_pair();
    ready = new_turn();
    change(p, kLocal, 0, NOFLSH);
    const pid_t leader = lead(p, report_keys);
    take_turn(ready);
    type(p, "ke\x03pt");
    take_turn(ready);
    type(p, "\x1c\n");
    take_turn(ready);
    reads(p, "kept\n");
    change(p, kLocal, ISIG, 0);
    type(p, "\x1a\n");
    reads(p, "\x1a\n");
    check(ioctl(p.master, TIOCSIG, SIGTSTP) == 0);
    take_turn(ready);
    check_errno(ioctl(p.master, TIOCSIG, SIGTERM), EINVAL);
    check_child(leader);
}

static void await_new_size(int tty)
{
    struct winsize size;
    catch_signal(SIGWINCH);
    give_turn(ready);
    wait_for_signal(SIGWINCH);
    check(ioctl(tty, TIOCGWINSZ, &size) == 0 && size.ws_row == 30 && size.ws_col == 100);
    check(ioctl(tty, TIOCSWINSZ, &size) == 0);
    nap_ms(20);
    check(!seen[SIGWINCH]);  // nothing changed
    size.ws_row++;
    check(ioctl(tty, TIOCSWINSZ, &size) == 0);
    wait_for_signal(SIGWINCH);
}

PART(window_size)
{
    const struct pair p = open_pair();
    const struct winsize wanted = {30, 100, 1, 2};
    struct winsize size;
    ready = new_turn();
    const pid_t leader = lead(p, await_new_size);
    take_turn(ready);
    check(ioctl(p.master, TIOCSWINSZ, &wanted) == 0);
    check_child(leader);
    check(ioctl(p.master, TIOCGWINSZ, &size) == 0 && size.ws_row == 31 && size.ws_xpixel == 1 &&
          size.ws_ypixel == 2);
}

// ---- In the background ----

static void read_line(int tty)
{
    char line[16];
    check(read(tty, line, sizeof line) == 3 && memcmp(line, "in\n", 3) == 0);
}

static void move_to_foreground(int tty, pid_t group)
{
    check(tcsetpgrp(tty, group) == 0);
    check(kill(-group, SIGCONT) == 0);
}

static void lead_reader(int tty)
{
    const pid_t reader = start_group(tty, 0, read_line);
    must_stop(reader, SIGTTIN);
    check(kill(-reader, SIGCONT) == 0);  // and still in the background
    must_stop(reader, SIGTTIN);
    move_to_foreground(tty, reader);
    check_child(reader);
}

PART(background_read_stops)
{
    const struct pair p = open_pair();
    const pid_t leader = lead(p, lead_reader);
    type(p, "in\n");
    check_child(leader);
}

static void read_ignoring(int tty)
{
    char line[16];
    signal(SIGTTIN, SIG_IGN);
    check_errno(read(tty, line, sizeof line), EIO);
    signal(SIGTTIN, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTIN);
    check(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    check_errno(read(tty, line, sizeof line), EIO);
    check(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
    catch_signal(SIGTTIN);
    check_errno(read(tty, line, sizeof line), EINTR);
    check(seen[SIGTTIN] == 1);
}

static void lead_ignoring_reader(int tty)
{
    check_child(start_group(tty, 0, read_ignoring));
}

PART(background_read_that_cannot_stop)
{
    const struct pair p = open_pair();
    check_child(lead(p, lead_ignoring_reader));
}

static void write_word(int tty)
{
    check(write(tty, "word", 4) == 4);
}

static void write_ignoring(int tty)
{
    signal(SIGTTOU, SIG_IGN);
    check(write(tty, "ignored", 7) == 7);
}

static void lead_writers(int tty)
{
    check_child(start_group(tty, 0, write_word));
    struct termios modes;
    check(tcgetattr(tty, &modes) == 0);
    modes.c_lflag |= TOSTOP;
    check(tcsetattr(tty, TCSANOW, &modes) == 0);
    check_child(start_group(tty, 0, write_ignoring));
    const pid_t writer = start_group(tty, 0, write_word);
    must_stop(writer, SIGTTOU);
    move_to_foreground(tty, writer);
    check_child(writer);
}

PART(background_write_stops_with_tostop)
{
    const struct pair p = open_pair();
    const pid_t leader = lead(p, lead_writers);
    shows(p, "wordignoredword");
    check_child(leader);
}

static void change_modes(int tty)
{
    struct termios modes;
    check(tcgetattr(tty, &modes) == 0);  // looking is free
    modes.c_lflag &= ~(tcflag_t)ECHO;
    check(tcsetattr(tty, TCSANOW, &modes) == 0);
}

static void take_foreground(int tty)
{
    check(tcsetpgrp(tty, getpid()) == 0);
}

static void flush_queue(int tty)
{
    check(tcflush(tty, TCIFLUSH) == 0);
}

static void change_ignoring(int tty)
{
    signal(SIGTTOU, SIG_IGN);
    change_modes(tty);
    flush_queue(tty);
    take_foreground(tty);
    check(tcgetpgrp(tty) == getpid());
}

static void set_size(int tty)  // not a change that stops
{
    const struct winsize size = {10, 10, 0, 0};
    check(ioctl(tty, TIOCSWINSZ, &size) == 0);
}

static void lead_changers(int tty)
{
    void (*const changes[])(int) = {change_modes, take_foreground, flush_queue};
    signal(SIGTTOU, SIG_IGN);  // for the leader itself, later in the background
    for (int i = 0; i < 3; i++) {
        signal(SIGTTOU, SIG_DFL);
        const pid_t changer = start_group(tty, 0, changes[i]);
        must_stop(changer, SIGTTOU);
        signal(SIGTTOU, SIG_IGN);
        move_to_foreground(tty, changer);
        check_child(changer);
        check(tcsetpgrp(tty, getpid()) == 0);
    }
    signal(SIGTTOU, SIG_DFL);
    check_child(start_group(tty, 0, set_size));
    check_child(start_group(tty, 0, change_ignoring));
}

PART(background_changes_stop)
{
    const struct pair p = open_pair();
    check_child(lead(p, lead_changers));
}

static void check_groups(int tty)
{
    check_errno(tcsetpgrp(tty, -1), EINVAL);
    check_errno(tcsetpgrp(tty, 999999), ESRCH);
    check_errno(tcsetpgrp(tty, getppid()), EPERM);  // of another session
    check_errno(ioctl(tty, TIOCSPGRP, (void*)8), EFAULT);
    check(tcsetpgrp(tty, getpid()) == 0);
}

PART(foreground_group_rules)
{
    const struct pair p = open_pair();
    check_child(lead(p, check_groups));
}

static void touch_as_orphan(int tty)
{
    char line[16];
    struct termios modes;
    check(tcgetattr(tty, &modes) == 0);
    check_errno(read(tty, line, sizeof line), EIO);
    check_errno(tcsetattr(tty, TCSANOW, &modes), EIO);
    check_errno(tcsetpgrp(tty, getpid()), ENOTTY);  // of all errors this one, as Linux has it
}

static void make_orphan(int tty)  // a group whose only parent outside leaves
{
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) _exit(0);
    setpgid(0, 0);
    while (getppid() == parent)
        nap_ms(2);
    touch_as_orphan(tty);
    give_turn(ready);
    _exit(0);
}

static void lead_orphan(int tty)
{
    ready = new_turn();
    check_child(start_group(tty, 0, make_orphan));
    take_turn(ready);
}

PART(orphans_get_an_error)
{
    const struct pair p = open_pair();
    check_child(lead(p, lead_orphan));
}

// ---- Hang-ups ----

static struct turn told;

static void hear_of_hang_up(int tty)
{
    catch_signal(SIGHUP);
    catch_signal(SIGCONT);
    give_turn(ready);
    wait_for_signal(SIGHUP);
    wait_for_signal(SIGCONT);
    char byte;
    check(read(tty, &byte, 1) == 0);
    check_errno(write(tty, "x", 1), EIO);
    check_errno(open("/dev/tty", O_RDWR), ENXIO);
    give_turn(told);
}

PART(hang_up_tells_the_leader)
{
    struct pair p = open_pair();
    ready = new_turn();
    told = new_turn();
    const pid_t leader = lead(p, hear_of_hang_up);
    take_turn(ready);
    close(p.slave);
    close(p.master);
    take_turn(told);
    check_child(leader);
}

static void foreground_hears(int tty)
{
    (void)tty;
    catch_signal(SIGHUP);
    catch_signal(SIGCONT);
    give_turn(ready);
    wait_for_signal(SIGHUP);
    wait_for_signal(SIGCONT);
    give_turn(told);
}

static void outlive_hang_up(int tty)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    start_group(tty, 1, foreground_hears);
    take_turn(may_end);
}

PART(hang_up_tells_the_foreground_when_the_leader_ends)
{
    struct pair p = open_pair();
    ready = new_turn();
    told = new_turn();
    may_end = new_turn();
    const pid_t leader = lead(p, outlive_hang_up);
    take_turn(ready);
    close(p.slave);
    close(p.master);
    check(!(is_ready(told.ends[0], POLLIN, 50) & POLLIN));  // not before
    give_turn(may_end);
    check_child(leader);
    take_turn(told);
}

static void leave_foreground(int tty)
{
    signal(SIGTTOU, SIG_IGN);
    start_group(tty, 1, rest);
    const pid_t other = fork();
    if (other == 0) {
        setpgid(0, 0);
        signal(SIGHUP, SIG_IGN);
        char byte;
        give_turn(ready);
        take_turn(may_end);
        check_errno(open("/dev/tty", O_RDWR), ENXIO);  // the session has no terminal any more
        check(write(tty, "alive", 5) == 5);            // but what is open goes on
        check(fcntl(tty, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
        check_errno(read(tty, &byte, 1), EAGAIN);
        give_turn(told);
        _exit(0);
    }
    take_turn(ready);
}

PART(end_of_the_leader_frees_the_terminal)
{
    const struct pair p = open_pair();
    ready = new_turn();
    told = new_turn();
    may_end = new_turn();
    check_child(lead(p, leave_foreground));
    pid_t session;
    check_errno(ioctl(p.master, TIOCGSID, &session), ENOTTY);
    give_turn(may_end);
    shows(p, "alive");
    take_turn(told);
    check_child(lead(p, check_groups));  // another session takes it
}

static void stop_self(int tty)
{
    (void)tty;
    catch_signal(SIGHUP);
    give_turn(ready);
    raise(SIGSTOP);
    wait_for_signal(SIGHUP);
    give_turn(told);
}

static void leave_stopped(int tty)
{
    const pid_t job = start_group(tty, 0, stop_self);
    must_stop(job, SIGSTOP);
}

PART(stopped_jobs_of_a_leader_that_ends_are_told)
{
    const struct pair p = open_pair();
    ready = new_turn();
    told = new_turn();
    check_child(lead(p, leave_stopped));
    take_turn(told);
}

int main(int argc, char** argv)
{
    return run_parts(argc, argv);
}
