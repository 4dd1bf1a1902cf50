// Copying and removing files and whole directory trees: what cp, mv and rm share.
#pragma once

struct copy_options {
    int recursive;        // directories too
    int preserve;         // mode, owner and times
    int interactive;      // ask before a file is replaced
    int force;            // a target that cannot be opened is removed and made anew
    int no_clobber;       // leave files that exist
    int update;           // leave files that are as new
    int follow;           // copy what a link points to, below the operands too
    int follow_operands;  // the same for operands themselves
    int verbose;
};

struct remove_options {
    int recursive, force, interactive, directories, verbose;
};

// Both report what went wrong (tool_warn) and go on with the rest; the result is 0 when all went well.
int copy_tree(const char* from, const char* to, const struct copy_options* options);
int remove_tree(const char* path, const struct remove_options* options);

char* join_path(const char* directory, const char* name);  // to be freed
const char* last_part(const char* path);                   // "b" of "a/b"; of "a/b/" it is "b/"
int is_directory(const char* path);

// Where an operand goes: into `target` when that is a directory, else to the name `target`. To be freed.
char* target_path(const char* operand, const char* target, int target_is_directory);
