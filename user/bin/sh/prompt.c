// Prompts: \w (directory) \u (user) \h (host) \$ (# for root) \n \e \\, then $ as in double quotes.
#include "prompt.h"

#include "arena.h"
#include "directory.h"
#include "shell.h"
#include "syntax.h"
#include "variables.h"

#include <string.h>
#include <unistd.h>

static void append_host(struct buffer* text)
{
    char name[65] = "";
    gethostname(name, sizeof name - 1);
    buffer_append_string(text, name);
}

static void append_escape(struct buffer* text, char escape)
{
    const char* user = variable_get("USER");
    switch (escape) {
    case 'w':
        buffer_append_string(text, directory_name());
        break;
    case 'h':
        append_host(text);
        break;
    case 'u':
        buffer_append_string(text, user ? user : geteuid() == 0 ? "root" : "user");
        break;
    case '$':
        buffer_append_char(text, geteuid() == 0 ? '#' : '$');
        break;
    case 'n':
        buffer_append_char(text, '\n');
        break;
    case 'e':
        buffer_append_char(text, '\033');
        break;
    case '[':
    case ']':
        break;  // around what does not move the cursor, in other shells
    default:
        buffer_append_char(text, escape);
        break;
    }
}

// $NAME, as far as prompts use it.
static const char* append_variable(struct buffer* text, const char* name)
{
    size_t length = 0;
    while (is_name_char((unsigned char)name[length]))
        length++;
    char* copy = arena_copy(&shell.scratch, name, length);
    const char* value = variable_get(copy);
    if (value) buffer_append_string(text, value);
    return name + length;
}

const char* prompt_text(const char* variable)
{
    static struct buffer text;
    const struct arena_mark mark = arena_mark(&shell.scratch);
    const char* format = variable_get(variable);
    if (!format) format = "";
    buffer_clear(&text);
    while (*format) {
        if (*format == '\\' && format[1]) {
            append_escape(&text, format[1]);
            format += 2;
        } else if (*format == '$' && is_name_start((unsigned char)format[1])) {
            format = append_variable(&text, format + 1);
        } else {
            buffer_append_char(&text, *format++);
        }
    }
    arena_release(&shell.scratch, mark);
    return buffer_string(&text);
}
