// A small shell: commands with arguments, < > for files, | between commands, ; and & behind them, cd.
#include "fcntl.h"
#include "param.h"
#include "types.h"
#include "user.h"

static char line[200];

static void die(char* what, char* name)
{
    printf(2, "sh: %s %s\n", what, name);
    exit();
}

static int fork_or_die(void)
{
    int pid = fork();
    if (pid < 0) die("cannot", "fork");
    return pid;
}

static int is_blank(char c)
{
    return c && strchr(" \t\r\n", c) != 0;
}

// The next word of *text, with a NUL behind it; 0 at the end. < and > are words by themselves.
static char* next_word(char** text)
{
    static char sign[2];
    char* at = *text;
    while (is_blank(*at))
        at++;
    char* const word = at;
    if (*at == 0) return 0;
    if (*at == '<' || *at == '>') {
        sign[0] = *at;
        *text = at + 1;
        return sign;
    }
    while (*at && !is_blank(*at) && *at != '<' && *at != '>')
        at++;
    *text = at;
    return word;
}

// The file takes the descriptor's place: the lowest free one is given to what is opened next.
static void redirect(int fd, char* name, int mode)
{
    close(fd);
    if (!name || open(name, mode) != fd) die("cannot open", name ? name : "(no name)");
}

// In a process of its own; does not return.
static void run_command(char* text)
{
    static char copy[sizeof(line)];  // words get their NULs here: in the text they may touch < and >
    char* arguments[MAXARG];
    int count = 0, used = 0;
    char* word;
    while ((word = next_word(&text)) != 0) {
        const char first = *word;
        char* source = word;
        if (first == '<' || first == '>') {
            source = next_word(&text);
            if (!source) die("no file behind", word);
        }
        char* const start = copy + used;
        while (*source && !is_blank(*source) && *source != '<' && *source != '>')
            copy[used++] = *source++;
        copy[used++] = 0;
        if (first == '<')
            redirect(0, start, O_RDONLY);
        else if (first == '>')
            redirect(1, start, O_WRONLY | O_CREATE | O_TRUNC);
        else if (count < MAXARG - 1)
            arguments[count++] = start;
    }
    arguments[count] = 0;
    if (count == 0) exit();
    exec(arguments[0], arguments);
    die("cannot run", arguments[0]);
}

static void become_end_of_pipe(int* fds, int end)
{
    close(end);
    dup(fds[end]);
    close(fds[0]);
    close(fds[1]);
}

// In a process of its own; does not return. It keeps its input at what the command before writes.
static void run_pipeline(char* text)
{
    int fds[2], started = 1;
    char* bar;
    for (; (bar = strchr(text, '|')) != 0; text = bar + 1, started++) {
        *bar = 0;
        if (pipe(fds) < 0) die("cannot make", "a pipe");
        if (fork_or_die() == 0) {
            become_end_of_pipe(fds, 1);
            run_command(text);
        }
        become_end_of_pipe(fds, 0);
    }
    if (fork_or_die() == 0) run_command(text);
    close(0);  // if the last command ends early, those before it shall notice
    while (started-- > 0)
        wait();
    exit();
}

// cd changes the shell itself.
static int run_inside(char* text)
{
    while (is_blank(*text))
        text++;
    if (text[0] != 'c' || text[1] != 'd' || (text[2] && !is_blank(text[2]))) return 0;
    char* rest = text + 2;
    char* const name = next_word(&rest);
    if (name) *rest = 0;
    if (chdir(name ? name : "/") < 0) printf(2, "sh: cannot go to %s\n", name);
    return 1;
}

static void run_line(char* text)
{
    while (*text) {
        char* end = text;
        while (*end && *end != ';' && *end != '&' && *end != '\n')
            end++;
        const char separator = *end;
        *end = 0;
        if (!run_inside(text)) {
            const int pid = fork_or_die();
            if (pid == 0) run_pipeline(text);
            while (separator != '&' && wait() != pid) {
            }
        }
        if (separator == 0) return;
        text = end + 1;
    }
}

int main(void)
{
    for (;;) {
        printf(2, "$ ");
        gets(line, sizeof(line));
        if (line[0] == 0) exit();
        run_line(line);
    }
}
