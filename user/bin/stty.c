// stty: shows and changes how the terminal on standard input works.
#include "user/lib/tool.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char help[] =
    "Usage: stty [-a | -g | size | SETTING...]\n"
    "Show or change how the terminal on standard input works.\n"
    "  -a        all settings;  -g as one word that stty takes again;  size  rows and columns\n"
    "Settings: [-]echo [-]icanon [-]isig [-]opost [-]icrnl [-]ixon ... (as -a shows them), raw, -raw, "
    "cooked, sane,\n"
    "  rows N, cols N, min N, time N, and CHARACTERs (as ^C, or undef) for intr quit erase kill eof eol "
    "eol2\n"
    "  start stop susp rprnt werase lnext\n";

enum field { kInput, kOutput, kControl, kLocal };

struct flag {
    const char* name;
    enum field field;
    tcflag_t bit;
    int sane;  // 1 on, 0 off, -1 left as it is
};

static const struct flag flags[] = {
    {"parenb", kControl, PARENB, -1}, {"cread", kControl, CREAD, 1},   {"clocal", kControl, CLOCAL, -1},
    {"hupcl", kControl, HUPCL, -1},   {"ignbrk", kInput, IGNBRK, 0},   {"brkint", kInput, BRKINT, 1},
    {"parmrk", kInput, PARMRK, 0},    {"istrip", kInput, ISTRIP, 0},   {"inlcr", kInput, INLCR, 0},
    {"igncr", kInput, IGNCR, 0},      {"icrnl", kInput, ICRNL, 1},     {"ixon", kInput, IXON, 1},
    {"ixoff", kInput, IXOFF, 0},      {"iuclc", kInput, IUCLC, 0},     {"ixany", kInput, IXANY, 0},
    {"imaxbel", kInput, IMAXBEL, -1}, {"iutf8", kInput, IUTF8, -1},    {"opost", kOutput, OPOST, 1},
    {"olcuc", kOutput, OLCUC, 0},     {"ocrnl", kOutput, OCRNL, 0},    {"onlcr", kOutput, ONLCR, 1},
    {"onocr", kOutput, ONOCR, 0},     {"onlret", kOutput, ONLRET, 0},  {"tab3", kOutput, TAB3, 0},
    {"isig", kLocal, ISIG, 1},        {"icanon", kLocal, ICANON, 1},   {"iexten", kLocal, IEXTEN, 1},
    {"echo", kLocal, ECHO, 1},        {"echoe", kLocal, ECHOE, 1},     {"echok", kLocal, ECHOK, 1},
    {"echonl", kLocal, ECHONL, 0},    {"noflsh", kLocal, NOFLSH, 0},   {"tostop", kLocal, TOSTOP, 0},
    {"echoprt", kLocal, ECHOPRT, 0},  {"echoctl", kLocal, ECHOCTL, 1}, {"echoke", kLocal, ECHOKE, 1}};
enum { kFlags = sizeof flags / sizeof flags[0] };

struct character {
    const char* name;
    int index;
    unsigned char sane;
};

static const struct character characters[] = {
    {"intr", VINTR, 3},    {"quit", VQUIT, 28},      {"erase", VERASE, 127},  {"kill", VKILL, 21},
    {"eof", VEOF, 4},      {"eol", VEOL, 0},         {"eol2", VEOL2, 0},      {"start", VSTART, 17},
    {"stop", VSTOP, 19},   {"susp", VSUSP, 26},      {"rprnt", VREPRINT, 18}, {"werase", VWERASE, 23},
    {"lnext", VLNEXT, 22}, {"discard", VDISCARD, 15}};
enum { kCharacters = sizeof characters / sizeof characters[0] };

static struct termios modes, modes_before;
static struct winsize size;
static int size_changed;

static tcflag_t* field_of(enum field field)
{
    switch (field) {
    case kInput:
        return &modes.c_iflag;
    case kOutput:
        return &modes.c_oflag;
    case kControl:
        return &modes.c_cflag;
    case kLocal:
        return &modes.c_lflag;
    }
    return NULL;
}

// ---- showing ----

static const char* character_text(unsigned char byte)
{
    static char text[8];
    if (byte == 0) return "<undef>";
    if (byte < 32 || byte == 127)
        snprintf(text, sizeof text, "^%c", byte ^ 64);
    else
        snprintf(text, sizeof text, "%c", byte);
    return text;
}

static unsigned speed(void)
{
    static const struct {
        speed_t code;
        unsigned baud;
    } speeds[] = {{B9600, 9600}, {B19200, 19200}, {B38400, 38400}, {B57600, 57600}, {B115200, 115200}};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
        if (speeds[i].code == cfgetospeed(&modes)) return speeds[i].baud;
    return 0;
}

static void show(int all)
{
    enum field last = kControl;
    printf("speed %u baud;", speed());
    if (all) printf(" rows %u; columns %u;", size.ws_row, size.ws_col);
    putchar('\n');
    int shown = 0;
    for (int i = 0; i < kCharacters; i++) {
        const unsigned char byte = modes.c_cc[characters[i].index];
        if (!all && byte == characters[i].sane) continue;
        printf("%s = %s; ", characters[i].name, character_text(byte));
        shown++;
    }
    if (all) printf("min = %u; time = %u;", modes.c_cc[VMIN], modes.c_cc[VTIME]);
    if (all || shown) putchar('\n');
    shown = 0;
    for (int i = 0; i < kFlags; i++) {
        const int on = (*field_of(flags[i].field) & flags[i].bit) != 0;
        if (!all && (flags[i].sane < 0 || on == flags[i].sane)) continue;
        if (shown && flags[i].field != last) putchar('\n');
        last = flags[i].field;
        printf("%s%s ", on ? "" : "-", flags[i].name);
        shown++;
    }
    if (shown) putchar('\n');
}

static void show_word(void)
{
    printf("%x:%x:%x:%x", (unsigned)modes.c_iflag, (unsigned)modes.c_oflag, (unsigned)modes.c_cflag,
           (unsigned)modes.c_lflag);
    for (int i = 0; i < 19; i++)
        printf(":%x", modes.c_cc[i]);
    putchar('\n');
}

// ---- changing ----

static int take_word(const char* text)  // what -g has printed
{
    unsigned numbers[23];
    for (int i = 0; i < 23; i++) {
        char* end;
        numbers[i] = (unsigned)strtoul(text, &end, 16);
        if (end == text || *end != (i < 22 ? ':' : 0)) return 0;
        text = end + 1;
    }
    modes.c_iflag = numbers[0];
    modes.c_oflag = numbers[1];
    modes.c_cflag = numbers[2];
    modes.c_lflag = numbers[3];
    for (int i = 0; i < 19; i++)
        modes.c_cc[i] = (cc_t)numbers[4 + i];
    return 1;
}

static void make_sane(void)
{
    for (int i = 0; i < kFlags; i++) {
        tcflag_t* field = field_of(flags[i].field);
        if (flags[i].sane == 1) *field |= flags[i].bit;
        if (flags[i].sane == 0) *field &= ~flags[i].bit;
    }
    for (int i = 0; i < kCharacters; i++)
        modes.c_cc[characters[i].index] = characters[i].sane;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
}

static void make_raw(int on)
{
    const tcflag_t input = IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON;
    if (!on) {
        modes.c_iflag |= BRKINT | ICRNL | IXON;
        modes.c_oflag |= OPOST;
        modes.c_lflag |= ISIG | ICANON;
        return;
    }
    modes.c_iflag &= ~input;
    modes.c_oflag &= (tcflag_t)~OPOST;
    modes.c_lflag &= (tcflag_t) ~(ISIG | ICANON);
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
}

static int set_flag(const char* name)
{
    const int off = name[0] == '-';
    for (int i = 0; i < kFlags; i++) {
        if (strcmp(flags[i].name, name + off) != 0) continue;
        tcflag_t* field = field_of(flags[i].field);
        *field = off ? *field & ~flags[i].bit : *field | flags[i].bit;
        return 1;
    }
    return 0;
}

static unsigned char parse_character(const char* text)
{
    if (strcmp(text, "undef") == 0 || strcmp(text, "^-") == 0) return 0;
    if (text[0] == '^' && text[1] == '?') return 127;
    if (text[0] == '^' && text[1]) return (unsigned char)toupper((unsigned char)text[1]) & 31;
    if (isdigit((unsigned char)text[0]) && text[1]) return (unsigned char)tool_parse_number(text);
    return (unsigned char)text[0];
}

static int set_value(const char* name, const char* value)  // settings of two words
{
    if (strcmp(name, "rows") == 0 || strcmp(name, "cols") == 0 || strcmp(name, "columns") == 0) {
        const unsigned short number = (unsigned short)tool_parse_number(value);
        if (name[0] == 'r')
            size.ws_row = number;
        else
            size.ws_col = number;
        size_changed = 1;
        return 1;
    }
    if (strcmp(name, "min") == 0 || strcmp(name, "time") == 0) {
        modes.c_cc[name[0] == 'm' ? VMIN : VTIME] = (cc_t)tool_parse_number(value);
        return 1;
    }
    for (int i = 0; i < kCharacters; i++) {
        if (strcmp(characters[i].name, name) != 0) continue;
        modes.c_cc[characters[i].index] = parse_character(value);
        return 1;
    }
    return 0;
}

static void set(char** words)
{
    for (; *words; words++) {
        if (strcmp(*words, "sane") == 0)
            make_sane();
        else if (strcmp(*words, "raw") == 0 || strcmp(*words, "-cooked") == 0)
            make_raw(1);
        else if (strcmp(*words, "-raw") == 0 || strcmp(*words, "cooked") == 0)
            make_raw(0);
        else if (words[1] && set_value(*words, words[1]))
            words++;
        else if (!set_flag(*words) && !take_word(*words))
            tool_usage_error("unknown setting '%s'", *words);
    }
    // Another size is no change of modes: it is for the background, too.
    if (memcmp(&modes, &modes_before, sizeof modes) != 0 && tcsetattr(0, TCSADRAIN, &modes) < 0)
        tool_warn("standard input");
    if (size_changed && ioctl(0, TIOCSWINSZ, &size) < 0) tool_warn("standard input");
}

int main(int argc, char** argv)
{
    tool_begin(argc, argv, help);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return tool_end();
    }
    if (tcgetattr(0, &modes) < 0) tool_die("standard input: %s", strerror(errno));
    modes_before = modes;
    ioctl(0, TIOCGWINSZ, &size);
    char** word = argv + 1;
    if (*word && strcmp(*word, "-F") == 0) tool_usage_error("give the terminal as standard input");
    if (!*word || strcmp(*word, "-a") == 0)
        show(*word != NULL);
    else if (strcmp(*word, "-g") == 0)
        show_word();
    else if (strcmp(*word, "size") == 0)
        printf("%u %u\n", size.ws_row, size.ws_col);
    else
        set(word);
    return tool_end();
}
