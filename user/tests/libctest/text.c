// Strings and characters.
#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"

static void copying(void)
{
    char buffer[16];
    CHECK_EQUAL(stpcpy(buffer, "abc") - buffer, 3);
    CHECK_TEXT(strcat(buffer, "def"), "abcdef");
    CHECK_TEXT(strncat(buffer, "ghijkl", 2), "abcdefgh");
    memset(buffer, 'x', sizeof(buffer));
    strncpy(buffer, "ab", 4);
    CHECK(memcmp(buffer, "ab\0\0x", 5) == 0);
    CHECK_EQUAL(strlcpy(buffer, "0123456789", 5), 10);
    CHECK_TEXT(buffer, "0123");
    CHECK_EQUAL(strlcat(buffer, "xyz", 6), 7);
    CHECK_TEXT(buffer, "0123x");
    char* copy = strndup("hello", 3);
    CHECK_TEXT(copy, "hel");
    free(copy);
    CHECK_EQUAL(strnlen("hello", 3), 3);
    CHECK_EQUAL(strnlen("hi", 3), 2);
}

static void comparing(void)
{
    CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("a", "a") == 0);
    CHECK(strcmp("\x80", "a") > 0);  // characters compare as unsigned
    CHECK(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0 && strncmp("a", "b", 0) == 0);
    CHECK(strcasecmp("HeLLo", "hEllO") == 0 && strcasecmp("a", "B") < 0);
    CHECK(strncasecmp("ABx", "aby", 2) == 0);
    CHECK(strverscmp("file9", "file10") < 0 && strverscmp("file010", "file09") < 0 &&
          strverscmp("a", "a") == 0);
    CHECK(memcmp("ab\0c", "ab\0d", 4) < 0 && memcmp("x", "y", 0) == 0);
}

static void searching(void)
{
    const char* text = "hello, world";
    CHECK_EQUAL(strchr(text, 'o') - text, 4);
    CHECK_EQUAL(strrchr(text, 'o') - text, 8);
    CHECK_EQUAL(strchr(text, 0) - text, 12);
    CHECK(!strchr(text, 'z'));
    CHECK_EQUAL(*strchrnul(text, 'z'), 0);
    CHECK_TEXT(strstr(text, "o, w"), "o, world");
    CHECK_TEXT(strstr("aaab", "aab"), "aab");
    CHECK(!strstr(text, "worlds") && strstr(text, "") == text);
    CHECK_TEXT(strcasestr(text, "WOR"), "world");
    CHECK_EQUAL(strspn(text, "ehl"), 4);
    CHECK_EQUAL(strcspn(text, " ,"), 5);
    CHECK_TEXT(strpbrk(text, "wr"), "world");
    CHECK_EQUAL((char*)memmem("a\0bc", 4, "\0b", 2) - (char*)"a\0bc" != 0, 1);
    CHECK(!memmem("abc", 3, "abcd", 4));
    CHECK(!memchr("abc", 'c', 2) && memrchr("abca", 'a', 4));
    CHECK_EQUAL(ffs(0x80), 8);
    CHECK_EQUAL(ffsll(1LL << 40), 41);
}

static void cutting(void)
{
    char text[] = "  one two  three ", *rest, *word;
    CHECK_TEXT(word = strtok_r(text, " ", &rest), "one");
    CHECK_TEXT(word = strtok_r(NULL, " ", &rest), "two");
    CHECK_TEXT(word = strtok_r(NULL, " ", &rest), "three");
    CHECK(!strtok_r(NULL, " ", &rest));
    char fields[] = "a::b", *at = fields;
    CHECK_TEXT(strsep(&at, ":"), "a");
    CHECK_TEXT(strsep(&at, ":"), "");
    CHECK_TEXT(strsep(&at, ":"), "b");
    CHECK(!strsep(&at, ":"));
}

static void names_of_numbers(void)
{
    CHECK_TEXT(strerror(ENOENT), "No such file or directory");
    CHECK_TEXT(strerror(0), "Success");
    CHECK_TEXT(strerror(9999), "Unknown error 9999");
    CHECK_TEXT(strsignal(SIGSEGV), "Segmentation fault");
    CHECK_TEXT(strsignal(SIGINT), "Interrupt");
}

static void parts_of_paths(void)
{
    static const char* const rows[][3] = {{"/usr/lib", "/usr", "lib"},
                                          {"/usr/", "/", "usr"},
                                          {"usr", ".", "usr"},
                                          {"/", "/", "/"},
                                          {".", ".", "."},
                                          {"a//b//", "a", "b"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[16];
        CHECK_TEXT(dirname(strcpy(path, rows[i][0])), rows[i][1]);
        CHECK_TEXT(basename(strcpy(path, rows[i][0])), rows[i][2]);
    }
}

static void character_classes(void)
{
    int letters = 0, spaces = 0, prints = 0, puncts = 0;
    for (int c = 0; c < 256; c++) {
        letters += isalpha(c) != 0;
        spaces += isspace(c) != 0;
        prints += isprint(c) != 0;
        puncts += ispunct(c) != 0;
    }
    CHECK_EQUAL(letters, 52);
    CHECK_EQUAL(spaces, 6);
    CHECK_EQUAL(prints, 95);
    CHECK_EQUAL(puncts, 32);
    CHECK(!isdigit(-1) && toupper('q') == 'Q' && tolower('[') == '[' && isxdigit('f') && !isxdigit('g'));
}

const struct test text_tests[] = {{"string copy", copying},
                                  {"string compare", comparing},
                                  {"string search", searching},
                                  {"string tokens", cutting},
                                  {"strerror strsignal", names_of_numbers},
                                  {"dirname basename", parts_of_paths},
                                  {"ctype", character_classes},
                                  {NULL, NULL}};
