// Redirections in two steps: preparing expands words and may change variables, so it happens in
// the shell; applying only opens and duplicates, so it may happen in a child made by vfork.
#pragma once

#include "syntax.h"

#include <stdbool.h>

enum { FIRST_PRIVATE_DESCRIPTOR = 10 };  // the shell's own descriptors are not below

struct prepared_redirect {
    struct prepared_redirect* next;
    enum redirect_kind kind;
    int fd;
    int source;        // DUPLICATE: -1 closes
    const char* text;  // file name, or the here-document
};

// What a descriptor was before; on a stack, newest first.
struct saved_descriptor {
    struct saved_descriptor* next;
    int fd;
    int copy;  // -1: it was closed
};

// Both return false after telling the user.
bool redirects_prepare(const struct redirect* redirects, struct prepared_redirect** prepared);
// With saved: the old descriptors go onto that stack, even on failure. Without: it is for good.
bool redirects_apply(const struct prepared_redirect* redirects, struct saved_descriptor** saved);
void redirects_restore(struct saved_descriptor* saved);

bool redirects_need_fork(const struct prepared_redirect* redirects);  // too much to do after vfork
int move_to_private_descriptor(int fd);                               // closed on exec; -1: failed
