// more: a file page by page. Keys come from the terminal, even where the text comes through a pipe.
#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char help[] = "Usage: more [FILE]...\n"
                           "Print files page by page. Keys: space next page, Enter next line, q end.\n";

static int keyboard = -1;
static struct termios saved;
static int rows = 24, columns = 80;
static int left;  // rows until the next stop

static void prepare_terminal(void)
{
    struct winsize size;
    if (!isatty(1)) return;
    keyboard = isatty(0) ? 0 : open("/dev/tty", O_RDONLY);
    if (keyboard < 0 || tcgetattr(keyboard, &saved) < 0) {
        keyboard = -1;
        return;
    }
    if (ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row > 1) {
        rows = size.ws_row;
        columns = size.ws_col ? size.ws_col : 80;
    }
    struct termios raw = saved;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(keyboard, TCSANOW, &raw);
}

static void restore_terminal(void)
{
    if (keyboard >= 0) tcsetattr(keyboard, TCSANOW, &saved);
}

static int wait_for_key(void)  // 0: the user wants no more
{
    char key;
    fputs("\033[7m--More--\033[0m", stdout);
    fflush(stdout);
    for (;;) {
        if (read(keyboard, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3 || key == 4) break;
        left = key == ' ' || key == 'f' ? rows - 1 : key == '\n' || key == '\r' ? 1 : 0;
        if (!left) continue;
        fputs("\r\033[K", stdout);
        return 1;
    }
    fputs("\r\033[K", stdout);
    return 0;
}

static int show(FILE* stream)
{
    int column = 0;
    for (int c; (c = getc(stream)) != EOF;) {
        if (left <= 0 && keyboard >= 0 && !wait_for_key()) return 0;
        putchar(c);
        column = c == '\t' ? (column | 7) + 1 : column + 1;
        if (c != '\n' && column < columns) continue;
        column = 0;
        left--;
    }
    return 1;
}

int main(int argc, char** argv)
{
    static char* input[] = {"-", NULL};
    tool_begin(argc, argv, help);
    while (tool_option("", NULL) != -1) {
    }
    if (tool_operand_count == 0 && isatty(0)) tool_usage_error("missing file");
    prepare_terminal();
    left = rows - 1;
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        FILE* stream = open_input(*operand);
        if (!stream) continue;
        if (tool_operand_count > 1) printf("::::::::::::::\n%s\n::::::::::::::\n", *operand);
        const int go_on = show(stream);
        close_input(stream);
        if (!go_on) break;
    }
    restore_terminal();
    return tool_end();
}
