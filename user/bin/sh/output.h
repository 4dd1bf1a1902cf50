// What builtins print: one buffer in front of descriptor 1, flushed after each builtin.
// Not stdio's: after `echo x >&-` stdio would keep the x and print it at the next chance.
#pragma once

void out_char(char c);
void out_bytes(const char* bytes, unsigned long length);
void out_string(const char* text);
void out_format(const char* format, ...) __attribute__((format(printf, 1, 2)));
void out_quoted(const char* text);  // so that the shell reads it back as the same word
int out_flush(void);                // 0, or the errno of the first write that failed since the last flush

// Straight to standard error, without a prefix.
void error_format(const char* format, ...) __attribute__((format(printf, 1, 2)));
