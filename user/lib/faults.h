// What the demos measure: faults and page-table entries, as the kernel counts and shows them.
#pragma once

#include <stddef.h>
#include <sys/types.h>

// In the order of mm/fault_action.h.
enum fault_action {
    kFaultDeny,
    kFaultMapZeroPage,
    kFaultZeroFill,
    kFaultFetch,
    kFaultBusError,
    kFaultRetry,
    kFaultMakeWritable,
    kFaultCopyFrame,
    kFaultActions
};

// Counted since the process, or (actions, where the kernel has no count for one process) the machine, started.
struct fault_counts {
    long minor, major;                          // getrusage: ru_minflt, ru_majflt
    unsigned long long actions[kFaultActions];  // fault_zero_fill and so on
};

// Says once what this kernel does not show, if so. Also touches all that count_faults() needs, so that a
// measurement does not count itself.
void start_measuring(void);
void warm_up_measuring(void);  // the same without a word: for a child after fork

int knows_entries(void);  // getpagetableentry is there

// The two ends of a measurement; nothing between them and what is measured faults.
void begin_count(struct fault_counts* counts);
void end_count(struct fault_counts* counts);  // from what begin_count() stored to the difference

// "  3 faults: fault_zero_fill 3"
void print_counts(const char* what, const struct fault_counts* difference);

// The raw page-table entry, 0 for none; *known is 0 where the kernel does not tell.
unsigned page_table_entry(pid_t pid, const void* address, int* known);

// "VPN 0x0804f -> PPN 0x01a2b  P W U A D", or "absent". Writes at most `size` bytes.
const char* entry_text(pid_t pid, const void* address, char* buffer, size_t size);
void print_entry(const char* what, pid_t pid, const void* address);

// How many pages of [start, end) are present; -1 where the kernel does not tell.
int count_present(const void* start, const void* end);

// Prints the lines of /proc/self/maps whose name contains `name`, with the number of pages present.
void print_regions(const char* name);
