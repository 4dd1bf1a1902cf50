// tr: replaces, deletes or squeezes bytes.
#include "user/lib/escapes.h"
#include "user/lib/tool.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: tr [-cds] SET1 [SET2]\n"
    "Copy standard input to standard output, bytes of SET1 replaced by those of SET2.\n"
    "  -c  SET1 is all bytes but these\n"
    "  -d  delete the bytes of SET1\n"
    "  -s  of equal bytes in a row that are in the last SET keep one\n"
    "Sets: a-z ranges, \\n \\t \\\\ \\NNN, [:alpha:] [:digit:] ... classes.\n";

enum { kMostBytes = 4096 };

struct list {
    unsigned char bytes[kMostBytes];
    int count;
};

static void add(struct list* list, int byte)
{
    if (list->count < kMostBytes) list->bytes[list->count++] = (unsigned char)byte;
}

static const char* add_class(struct list* list, const char* text)  // at "[:"; null when it is no class
{
    static const struct {
        const char* name;
        int (*member)(int);
    } classes[] = {{"[:alpha:]", isalpha}, {"[:digit:]", isdigit}, {"[:alnum:]", isalnum},
                   {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:lower:]", islower},
                   {"[:punct:]", ispunct}, {"[:print:]", isprint}, {"[:graph:]", isgraph},
                   {"[:cntrl:]", iscntrl}, {"[:blank:]", isblank}, {"[:xdigit:]", isxdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        const size_t length = strlen(classes[i].name);
        if (strncmp(text, classes[i].name, length) != 0) continue;
        for (int c = 0; c < 256; c++)
            if (classes[i].member(c)) add(list, c);
        return text + length;
    }
    return NULL;
}

static int take_byte(const char** text)
{
    const int byte = (unsigned char)*(*text)++;
    if (byte != '\\' || !**text) return byte;
    if (strchr("abefnrtv\\01234567", **text)) return read_escape(text);
    return (unsigned char)*(*text)++;
}

static void parse_set(const char* text, struct list* list)
{
    while (*text) {
        const char* after = text[0] == '[' && text[1] == ':' ? add_class(list, text) : NULL;
        if (after) {
            text = after;
            continue;
        }
        const int first = take_byte(&text);
        int last = first;
        if (text[0] == '-' && text[1]) {
            text++;
            last = take_byte(&text);
            if (last < first) tool_die("a range that ends before it begins");
        }
        for (int byte = first; byte <= last; byte++)
            add(list, byte);
    }
}

static void complement(struct list* list)
{
    char member[256] = {0};
    for (int i = 0; i < list->count; i++)
        member[list->bytes[i]] = 1;
    list->count = 0;
    for (int byte = 0; byte < 256; byte++)
        if (!member[byte]) add(list, byte);
}

static unsigned char map[256];
static char deleted[256], squeezed[256];

static void fill_tables(const struct list* first, const struct list* second, int delete, int squeeze)
{
    for (int byte = 0; byte < 256; byte++)
        map[byte] = (unsigned char)byte;
    for (int i = 0; i < first->count; i++) {
        if (delete)
            deleted[first->bytes[i]] = 1;
        else if (second->count)  // a short SET2 goes on with its last byte
            map[first->bytes[i]] = second->bytes[i < second->count ? i : second->count - 1];
    }
    const struct list* last = second->count ? second : first;
    for (int i = 0; squeeze && i < last->count; i++)
        squeezed[last->bytes[i]] = 1;
}

static void translate(void)
{
    int last = -1;
    for (int c; (c = getchar()) != EOF;) {
        if (deleted[c]) continue;
        c = map[c];
        if (squeezed[c] && c == last) continue;
        putchar(c);
        last = c;
    }
}

int main(int argc, char** argv)
{
    static struct list first, second;
    int complementary = 0, delete = 0, squeeze = 0;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("+cCdst", NULL)) != -1;) {
        if (letter == 'c' || letter == 'C') complementary = 1;
        if (letter == 'd') delete = 1;
        if (letter == 's') squeeze = 1;
    }
    tool_need_operands(delete == squeeze ? 2 : 1, delete &&!squeeze ? 1 : 2);
    parse_set(tool_operands[0], &first);
    if (complementary) complement(&first);
    if (tool_operand_count == 2) parse_set(tool_operands[1], &second);
    if (tool_operand_count == 2 && second.count == 0) tool_die("SET2 is empty");
    fill_tables(&first, &second, delete, squeeze);
    translate();
    return tool_end();
}
