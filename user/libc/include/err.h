// "program: message: error text" on standard error, and mostly the end of the program.
#pragma once

#include <stdarg.h>
#include <sys/cdefs.h>

__BEGIN_DECLS
__noreturn void err(int status, const char* format, ...) __printf_like(2, 3);
__noreturn void errx(int status, const char* format, ...) __printf_like(2, 3);
void warn(const char* format, ...) __printf_like(1, 2);
void warnx(const char* format, ...) __printf_like(1, 2);
__noreturn void verr(int status, const char* format, va_list arguments) __printf_like(2, 0);
__noreturn void verrx(int status, const char* format, va_list arguments) __printf_like(2, 0);
void vwarn(const char* format, va_list arguments) __printf_like(1, 0);
void vwarnx(const char* format, va_list arguments) __printf_like(1, 0);
__END_DECLS
