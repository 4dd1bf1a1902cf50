// md5sum and sha256sum but for the hash function (see checksum.h).
#include "user/lib/checksum.h"

#include "user/lib/lines.h"
#include "user/lib/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct hash_kind* kind;
static int quiet, only_status;

// ---- hashing ----

static void add_bytes(struct hash* hash, const unsigned char* bytes, size_t length)
{
    hash->length += length;
    while (length > 0) {
        if (hash->used == 0 && length >= kHashBlock) {  // straight from where they are
            kind->take_block(hash->state, bytes);
            bytes += kHashBlock;
            length -= kHashBlock;
            continue;
        }
        const size_t room = kHashBlock - hash->used;
        const size_t count = length < room ? length : room;
        memcpy(hash->block + hash->used, bytes, count);
        hash->used = (hash->used + count) % kHashBlock;
        if (hash->used == 0) kind->take_block(hash->state, hash->block);
        bytes += count;
        length -= count;
    }
}

static void finish(struct hash* hash, char* text)  // the digest in hexadecimal
{
    const uint64_t bits = hash->length * 8;
    unsigned char length[8];
    add_bytes(hash, (const unsigned char*)"\x80", 1);
    while (hash->used != kHashBlock - 8)
        add_bytes(hash, (const unsigned char*)"", 1);
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> 8 * (kind->big_endian ? 7 - i : i));
    add_bytes(hash, length, 8);
    for (size_t i = 0; i < kind->digest_bytes; i++) {
        const size_t shift = 8 * (kind->big_endian ? 3 - i % 4 : i % 4);
        sprintf(text + 2 * i, "%02x", (unsigned)(hash->state[i / 4] >> shift & 255));
    }
}

static void hash_stream(FILE* stream, char* text)
{
    static unsigned char buffer[64 * 1024];
    struct hash hash;
    memset(&hash, 0, sizeof hash);
    memcpy(hash.state, kind->start, sizeof hash.state);
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, stream)) > 0;)
        add_bytes(&hash, buffer, count);
    finish(&hash, text);
}

static int hash_file(const char* name, char* text)
{
    FILE* stream = open_input(name);
    if (!stream) return 0;
    hash_stream(stream, text);
    const int failed = ferror(stream);
    close_input(stream);
    return !failed;
}

// ---- checking a list that an earlier run has printed ----

static int check_line(const char* line, size_t length)  // -1: no line of such a list
{
    char text[2 * kMostDigestBytes + 1];
    const size_t digits = 2 * kind->digest_bytes;
    if (length < digits + 3 || strspn(line, "0123456789abcdefABCDEF") != digits || line[digits] != ' ')
        return -1;
    const char* name = line + digits + 2;  // a blank, and a blank or an asterisk
    if (!hash_file(name, text)) {
        if (!only_status) printf("%s: FAILED open or read\n", name);
        return 0;
    }
    const int same = strncasecmp(text, line, digits) == 0;
    if (!only_status && !(quiet && same)) printf("%s: %s\n", name, same ? "OK" : "FAILED");
    return same;
}

static void check_list(const char* name)
{
    char* line = NULL;
    size_t room = 0;
    int wrong = 0, good = 0;
    FILE* list = open_input(name);
    if (!list) return;
    for (ssize_t length; (length = getline(&line, &room, list)) > 0;) {
        if (line[length - 1] == '\n') line[--length] = 0;
        const int result = check_line(line, (size_t)length);
        wrong += result == 0;
        good += result == 1;
    }
    free(line);
    close_input(list);
    if (!wrong && !good) tool_error("%s: no properly formatted checksum lines found", name);
    if (wrong && !only_status)
        tool_error("WARNING: %d computed checksum%s did NOT match", wrong, wrong == 1 ? "" : "s");
    if (wrong) tool_status = 1;
}

int checksum_main(int argc, char** argv, const char* help, const struct hash_kind* hash_kind)
{
    static const struct tool_long_option longs[] = {{"check", 'c'}, {"quiet", 'q'}, {"status", 's'}, {0, 0}};
    static char* input[] = {"-", NULL};
    char text[2 * kMostDigestBytes + 1];
    int check = 0;
    kind = hash_kind;
    tool_begin(argc, argv, help);
    for (int letter; (letter = tool_option("cqsbt", longs)) != -1;) {
        if (letter == 'c') check = 1;
        if (letter == 'q') quiet = 1;
        if (letter == 's') only_status = 1;
    }
    for (char** operand = tool_operand_count ? tool_operands : input; *operand; operand++) {
        if (check)
            check_list(*operand);
        else if (hash_file(*operand, text))
            printf("%s  %s\n", text, *operand);
    }
    return tool_end();
}
