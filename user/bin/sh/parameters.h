// $1, $?, $# and the rest: parameters that are not variables, and those that are.
#pragma once

const char* parameter_value(const char* name);  // null: not set. Digits are in a static array

// Replaces $1 and following by copies of a null-terminated list.
void parameters_set(char** values);
void parameters_shift(int count);

// What a function or a sourced file with arguments hides for a while.
struct saved_parameters {
    char** arguments;
    int argument_count;
    int owned;
};

struct saved_parameters parameters_push(int count, char** values);  // values outlive the pop
void parameters_pop(struct saved_parameters saved);
