// Completion: which word is being typed, what could it be, what do the candidates have in common.
#include "complete.h"

#include "builtins.h"
#include "expand.h"
#include "shell.h"
#include "syntax.h"
#include "tilde.h"
#include "variables.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The word before the cursor, without its quotes.
struct partial_word {
    struct buffer text;
    char quote;        // the one that is open, or 0
    bool is_command;   // stands where a command's name does
    bool is_variable;  // $NAME; text is the NAME
};

static bool keeps_command_place(const char* word)
{
    static const char* const words[] = {"if", "then", "elif", "else", "while",  "until",
                                        "do", "!",    "{",    "exec", "command"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], word) == 0) return true;
    }
    return false;
}

// A blank or an operator ended the word: what comes next?
static void next_word(struct partial_word* word, char separator)
{
    const bool after_operator = strchr("|;&(", separator) != NULL;
    if (after_operator) {
        word->is_command = true;
    } else if (separator == '<' || separator == '>') {
        word->is_command = false;
    } else if (word->text.length) {
        word->is_command = word->is_command && keeps_command_place(buffer_string(&word->text));
    }
    buffer_clear(&word->text);
    word->is_variable = false;
}

static void scan(const char* line, size_t cursor, struct partial_word* word)
{
    word->is_command = true;
    for (size_t i = 0; i < cursor; i++) {
        const char c = line[i];
        if (c == '\\' && word->quote != '\'' && i + 1 < cursor) {
            buffer_append_char(&word->text, line[++i]);
        } else if (word->quote ? c == word->quote : c == '"' || c == '\'') {
            word->quote = word->quote ? 0 : c;
        } else if (!word->quote && strchr(" \t|;&()<>", c)) {
            next_word(word, c);
        } else if (c == '$' && word->quote != '\'') {
            buffer_clear(&word->text);
            word->is_variable = true;
        } else if (!word->quote && c == '=' && word->text.length) {
            buffer_clear(&word->text);  // NAME=FILE, if=FILE
            word->is_command = false;
        } else {
            if (!is_name_char((unsigned char)c)) word->is_variable = false;
            buffer_append_char(&word->text, c);
        }
    }
}

// ---- Candidates ----

static void add_candidate(const char* name, void* fields)
{
    fields_add(fields, arena_copy(&shell.scratch, name, strlen(name)));
}

static bool is_directory(const char* path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static char* path_in(const char* directory, const char* name)
{
    struct buffer path = {.arena = &shell.scratch};
    buffer_append_string(&path, directory);
    if (*directory && directory[strlen(directory) - 1] != '/') buffer_append_char(&path, '/');
    buffer_append_string(&path, name);
    return path.data;
}

enum wanted { ANY_FILE, PROGRAMS };

static void add_files(const char* directory, const char* start, enum wanted wanted, struct fields* fields)
{
    DIR* stream = opendir(*directory ? directory : ".");
    if (!stream) return;
    for (struct dirent* entry; (entry = readdir(stream));) {
        const char* name = entry->d_name;
        if (strncmp(name, start, strlen(start)) != 0) continue;
        if (name[0] == '.' && (start[0] != '.' || !name[1 + (name[1] == '.')])) continue;
        const char* path = path_in(directory, name);
        const bool is_subdirectory = is_directory(path);
        if (wanted == PROGRAMS && (is_subdirectory || access(path, X_OK) < 0)) continue;
        struct buffer candidate = {.arena = &shell.scratch};
        buffer_append_string(&candidate, name);
        if (is_subdirectory) buffer_append_char(&candidate, '/');
        fields_add(fields, candidate.data);
    }
    closedir(stream);
}

static void add_commands(const char* start, struct fields* fields)
{
    builtins_each(start, add_candidate, fields);
    functions_each(start, add_candidate, fields);
    const char* path = variable_get("PATH");
    while (path && *path) {
        const size_t length = strcspn(path, ":");
        add_files(arena_copy(&shell.scratch, path, length), start, PROGRAMS, fields);
        path += length + (path[length] == ':');
    }
}

// The directory part of the word, ~ replaced; the word's last component in *base.
static char* split_path(const char* text, const char** base)
{
    struct buffer directory = {.arena = &shell.scratch};
    const char* slash = strrchr(text, '/');
    size_t skipped = 0;
    *base = slash ? slash + 1 : text;
    if (slash && text[0] == '~') {
        const char* home = tilde_directory(text, false, true, &skipped);
        if (home) buffer_append_string(&directory, home);
    }
    buffer_append(&directory, text + skipped, (size_t)(*base - text) - skipped);
    return directory.data;
}

// ---- The result ----

static int compare(const void* a, const void* b)
{
    return strcmp(*(char* const*)a, *(char* const*)b);
}

static void sort_and_unify(struct fields* fields)
{
    int kept = 0;
    if (fields->count > 1) qsort(fields->items, (size_t)fields->count, sizeof *fields->items, compare);
    for (int i = 0; i < fields->count; i++) {
        if (kept == 0 || strcmp(fields->items[kept - 1], fields->items[i]) != 0)
            fields->items[kept++] = fields->items[i];
    }
    fields->count = kept;
}

static size_t common_length(const struct fields* fields)
{
    size_t length = strlen(fields->items[0]);
    for (int i = 1; i < fields->count; i++) {
        size_t same = 0;
        while (same < length && fields->items[i][same] == fields->items[0][same])
            same++;
        length = same;
    }
    return length;
}

// What to type so that the word goes on with `text`.
static char* quote_insertion(const char* text, size_t length, const struct partial_word* word, bool complete)
{
    struct buffer result = {.arena = &shell.scratch};
    const char* special = word->quote == '\'' ? "" : word->quote ? "$`\"\\" : " \t\\'\"$`&|;<>()*?[]#~!{}";
    for (size_t i = 0; i < length; i++) {
        if (strchr(special, text[i])) buffer_append_char(&result, '\\');
        buffer_append_char(&result, text[i]);
    }
    if (complete && !(length && text[length - 1] == '/')) {
        if (word->quote) buffer_append_char(&result, word->quote);
        buffer_append_char(&result, ' ');
    }
    return arena_copy(&shell.scratch, buffer_string(&result), result.length);
}

void complete(const char* line, size_t cursor, struct completion* completion)
{
    struct partial_word word = {.text = {.arena = &shell.scratch}};
    struct fields fields = {NULL, 0, 0};
    scan(line, cursor, &word);
    const char* base = buffer_string(&word.text);
    if (word.is_variable) {
        variables_each(base, add_candidate, &fields);
    } else if (word.is_command && !strchr(base, '/')) {
        add_commands(base, &fields);
    } else {
        char* directory = split_path(buffer_string(&word.text), &base);
        add_files(directory ? directory : "", base, ANY_FILE, &fields);
    }
    sort_and_unify(&fields);
    *completion = (struct completion){.names = fields.items, .count = fields.count, .insertion = ""};
    if (fields.count == 0) return;
    const size_t typed = strlen(base), common = common_length(&fields);
    completion->insertion =
        quote_insertion(fields.items[0] + typed, common - typed, &word, fields.count == 1);
}
