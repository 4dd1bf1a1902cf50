// File modes to text and back.
#include "user/lib/mode.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char type_letter(mode_t mode)
{
    if (S_ISDIR(mode)) return 'd';
    if (S_ISLNK(mode)) return 'l';
    if (S_ISCHR(mode)) return 'c';
    if (S_ISBLK(mode)) return 'b';
    if (S_ISFIFO(mode)) return 'p';
    if (S_ISSOCK(mode)) return 's';
    return '-';
}

void mode_to_text(mode_t mode, char text[11])
{
    text[0] = type_letter(mode);
    for (int bit = 0; bit < 9; bit++)
        text[1 + bit] = mode & (0400u >> bit) ? "rwx"[bit % 3] : '-';
    if (mode & S_ISUID) text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID) text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX) text[9] = mode & S_IXOTH ? 't' : 'T';
    text[10] = 0;
}

const char* file_type_name(mode_t mode, long long size)
{
    switch (type_letter(mode)) {
    case 'd':
        return "directory";
    case 'l':
        return "symbolic link";
    case 'c':
        return "character special file";
    case 'b':
        return "block special file";
    case 'p':
        return "fifo";
    case 's':
        return "socket";
    default:
        return size ? "regular file" : "regular empty file";
    }
}

static mode_t who_bits(const char** at)  // [ugoa]*, as a mask that includes set-id and sticky
{
    mode_t who = 0;
    for (;; (*at)++) {
        if (**at == 'u')
            who |= S_ISUID | S_IRWXU;
        else if (**at == 'g')
            who |= S_ISGID | S_IRWXG;
        else if (**at == 'o')
            who |= S_ISVTX | S_IRWXO;
        else if (**at == 'a')
            who |= 07777;
        else
            return who;
    }
}

static mode_t permission_bits(const char** at, mode_t mode)  // [rwxXst]*, or one of [ugo], for everybody
{
    mode_t bits = 0;
    if (**at == 'u' || **at == 'g' || **at == 'o') {
        const int shift = **at == 'u' ? 6 : **at == 'g' ? 3 : 0;
        (*at)++;
        return ((mode >> shift) & 7) * 0111;
    }
    for (;; (*at)++) {
        switch (**at) {
        case 'r':
            bits |= 0444;
            break;
        case 'w':
            bits |= 0222;
            break;
        case 'x':
            bits |= 0111;
            break;
        case 'X':
            bits |= S_ISDIR(mode) || (mode & 0111) ? 0111 : 0;
            break;
        case 's':
            bits |= S_ISUID | S_ISGID;
            break;
        case 't':
            bits |= S_ISVTX;
            break;
        default:
            return bits;
        }
    }
}

static int parse_clause(const char** at, mode_t mask,
                        mode_t* mode)  // who, then one or more of +-= permissions
{
    mode_t who = who_bits(at);
    const mode_t effective =
        who ? who : 07777 & ~mask;  // nobody named: everybody, but what the umask forbids
    if (!**at || !strchr("+-=", **at)) return 0;
    while (**at && strchr("+-=", **at)) {
        const char operation = *(*at)++;
        const mode_t bits = permission_bits(at, *mode) & effective;
        if (operation == '+') *mode |= bits;
        if (operation == '-') *mode &= ~bits;
        if (operation == '=') *mode = (*mode & ~(who ? who & 0777 : 0777)) | bits;
    }
    return 1;
}

int parse_mode(const char* text, mode_t mode, mode_t mask, mode_t* result)
{
    if (isdigit((unsigned char)*text)) {
        char* end;
        const unsigned long bits = strtoul(text, &end, 8);
        if (*end || bits > 07777) return 0;
        *result = (mode & ~(mode_t)07777) | (mode_t)bits;
        return 1;
    }
    const char* at = text;
    while (parse_clause(&at, mask, &mode)) {
        if (!*at) {
            *result = mode;
            return 1;
        }
        if (*at++ != ',') return 0;
    }
    return 0;
}
