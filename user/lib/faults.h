// What the slides measure: this process's faults, as the kernel counts them.
#pragma once

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

struct fault_counts {
    long minor, major;                          // getrusage: ru_minflt, ru_majflt
    unsigned long long actions[kFaultActions];  // /proc/self/faults
};

// Touches all that counting needs, so that a measurement does not count itself. Also in a child, after fork.
void warm_up_measuring(void);

// The two ends of a measurement; nothing between them and what is measured faults.
void begin_count(struct fault_counts* counts);
void end_count(struct fault_counts* counts);  // from what begin_count() stored to the difference

// "  3 faults: fault_zero_fill 3"
void print_counts(const char* what, const struct fault_counts* difference);
