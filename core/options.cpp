// The one line that the kernel was given, and who asked for what.

#include "core/options.h"

#include "arch/report.h"
#include "lib/string.h"

namespace faultline {

namespace {

OptionLine the_line;
const char* whole_line = "";

}  // namespace

const char* command_line()
{
    return whole_line;
}

void options_init(const char* command_line)
{
    whole_line = command_line;
    the_line.parse(command_line);
    if (the_line.overflowed()) log_warn("the kernel command line is too long: its end is ignored");
}

const char* option(const char* name)
{
    return the_line.find(name);
}

bool option_flag(const char* name)
{
    const char* value = option(name);
    if (!value) return false;
    return *value == '\0' || strcmp(value, "1") == 0 || strcmp(value, "on") == 0 || strcmp(value, "yes") == 0;
}

u64 option_size(const char* name, u64 otherwise)
{
    const char* text = option(name);
    if (!text) return otherwise;
    const Optional<u64> value = parse_size(text);
    if (!value) log_warn("option %s=%s: not a size", name, text);
    return value.value_or(otherwise);
}

const char* init_arguments()
{
    return the_line.init_arguments();
}

void report_unknown_options()
{
    the_line.for_each_unasked([](const char* name) { log_warn("unknown option: %s", name); });
}

}  // namespace faultline
