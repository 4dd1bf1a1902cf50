// Aliases: words that stand for other text at the place of a command's name.
#pragma once

#include <stdbool.h>

struct alias;

struct alias* alias_find(const char* name);  // null too while it is being expanded
const char* alias_text(const struct alias* alias);
void alias_lock(struct alias* alias);  // being expanded
void alias_unlock(struct alias* alias);

int builtin_alias(int argc, char** argv);
int builtin_unalias(int argc, char** argv);
