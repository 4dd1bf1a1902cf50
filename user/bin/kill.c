// kill: sends a signal to processes.
#include "user/lib/signal_names.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: kill [-s SIGNAL | -SIGNAL] PID...\n"
    "       kill -l [NUMBER]...\n"
    "Send a signal (TERM) to processes; a negative PID is a process group, -1 everybody.\n"
    "  -l  list the names of the signals, or of the given numbers or exit statuses\n";

static void list_all(void)
{
    for (int number = 1; signal_name(number); number++)
        printf("%2d) SIG%-8s%s", number, signal_name(number), number % 5 == 0 ? "\n" : "");
    putchar('\n');
}

static void list_signals(char** words)
{
    if (!*words) list_all();
    for (; *words; words++) {
        const int number = find_signal(*words);
        const char* name = isdigit((unsigned char)**words) ? signal_name(atoi(*words) & 127) : NULL;
        if (name)
            puts(name);
        else if (number >= 0)
            printf("%d\n", number);
        else
            tool_error("%s: unknown signal", *words);
    }
}

static void send(const char* word, int number)
{
    char* end;
    const long pid = strtol(word, &end, 10);
    if (end == word || *end)
        tool_error("%s: not a process number", word);
    else if (kill((pid_t)pid, number) < 0)
        tool_warn("(%s)", word);
}

int main(int argc, char** argv)  // its options are no letters, so it looks at them itself
{
    int number = SIGTERM;
    const char* name = NULL;
    tool_begin(argc, argv, help);
    char** word = argv + 1;
    if (*word && strcmp(*word, "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    if (*word && (strcmp(*word, "-l") == 0 || strcmp(*word, "-L") == 0)) {
        list_signals(word + 1);
        return tool_end();
    }
    if (*word && strcmp(*word, "-s") == 0) {
        if (!word[1]) tool_usage_error("option '-s' needs an argument");
        name = word[1];
        word += 2;
    } else if (*word && (*word)[0] == '-' && strcmp(*word, "--") != 0) {
        name = *word + 1;
        word++;
    }
    if (name) number = find_signal(name);
    if (number < 0) tool_usage_error("%s: unknown signal", name);
    if (*word && strcmp(*word, "--") == 0) word++;
    if (!*word) tool_usage_error("missing process number");
    for (; *word; word++)
        send(*word, number);
    return tool_end();
}
