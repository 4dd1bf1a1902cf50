// What arguments each call has. A call that is not here is printed with six numbers.
#include "strace.h"

#include <sys/syscall.h>

#define C(number, ...) [number] = {NULL, {__VA_ARGS__}}

static const struct call kCalls[kLinuxCalls] = {
    C(0, kEnd),
    C(1, kInt),
    C(2, kEnd),
    C(3, kInt, kBytesOut, kUnsigned),
    C(4, kInt, kBytesIn, kUnsigned),
    C(5, kPath, FLAGS(kOpenFlags), kOctal),
    C(6, kInt),
    C(7, kInt, kWaitStatusOut, FLAGS(kWaitFlags)),
    C(8, kPath, kOctal),
    C(9, kPath, kPath),
    C(10, kPath),
    C(11, kPath, kStrings, kEnvironment),
    C(12, kPath),
    C(13, kPointer),
    C(14, kPath, kOctal, kHex),
    C(15, kPath, kOctal),
    C(19, kInt, kInt, FLAGS(kSeek)),
    C(20, kEnd),
    C(21, kPath, kPath, kPath, FLAGS(kMountFlags), kPointer),
    C(24, kEnd),
    C(27, kUnsigned),
    C(29, kEnd),
    C(33, kPath, FLAGS(kAccessModes)),
    C(36, kEnd),
    C(37, kInt, kSignal),
    C(38, kPath, kPath),
    C(39, kPath, kOctal),
    C(40, kPath),
    C(41, kInt),
    C(42, kPipeOut),
    C(43, kPointer),
    C(45, kPointer),
    C(47, kEnd),
    C(49, kEnd),
    C(50, kEnd),
    C(52, kPath, kInt),
    C(54, kInt, kTerminalRequest),
    C(57, kInt, kInt),
    C(60, kOctal),
    C(61, kPath),
    C(63, kInt, kInt),
    C(64, kEnd),
    C(65, kEnd),
    C(66, kEnd),
    C(75, FLAGS(kResources), kLimitIn),
    C(76, FLAGS(kResources), kLimitOut),
    C(77, FLAGS(kUsageWho), kUsageOut),
    C(78, kTimevalOut, kPointer),
    C(83, kPath, kPath),
    C(85, kPath, kPathOut, kUnsigned),
    C(91, kPointer, kUnsigned),
    C(93, kInt, kUnsigned),
    C(94, kInt, kOctal),
    C(104, FLAGS(kTimers), kTimerIn, kTimerOut),
    C(105, FLAGS(kTimers), kTimerOut),
    C(114, kInt, kWaitStatusOut, FLAGS(kWaitFlags), kUsageOut),
    C(116, kSystemInfoOut),
    C(118, kInt),
    C(119, kSignalFrame),
    C(120, kClone, kCloneRest),
    C(122, kSystemNamesOut),
    C(125, kPointer, kUnsigned, FLAGS(kProtection)),
    C(132, kInt),
    C(133, kInt),
    C(140, kInt, kOffset64, kOffsetOut, FLAGS(kSeek)),
    C(143, kInt, FLAGS(kLockCommands)),
    C(144, kPointer, kUnsigned, FLAGS(kMsyncFlags)),
    C(145, kInt, kVectorsOut, kInt),
    C(146, kInt, kVectorsIn, kInt),
    C(147, kInt),
    C(148, kInt),
    C(158, kEnd),
    C(162, kTimespecIn, kTimespecOut),
    C(163, kPointer, kUnsigned, kUnsigned, FLAGS(kMoveFlags)),
    C(168, kPollIn, kUnsigned, kInt),
    C(173, kSignalFrame),
    C(174, kSignal, kActionIn, kActionOut, kUnsigned),
    C(175, FLAGS(kSignalHow), kSignalSetIn, kSignalSetOut, kUnsigned),
    C(176, kSignalSetOut, kUnsigned),
    C(177, kSignalSetIn, kPointer, kTimespecIn, kUnsigned),
    C(179, kSignalSetIn, kUnsigned),
    C(180, kInt, kBytesOut, kUnsigned, kOffset64),
    C(181, kInt, kBytesIn, kUnsigned, kOffset64),
    C(183, kPathOut, kUnsigned),
    C(186, kStackIn, kStackOut),
    C(190, kEnd),
    C(191, FLAGS(kResources), kLimitOut),
    C(192, kPointer, kUnsigned, FLAGS(kProtection), FLAGS(kMapFlags), kInt, kHex),
    C(194, kInt, kOffset64),
    C(195, kPath, kStatOut),
    C(196, kPath, kStatOut),
    C(197, kInt, kStatOut),
    C(198, kPath, kInt, kInt),
    C(199, kEnd),
    C(200, kEnd),
    C(201, kEnd),
    C(202, kEnd),
    C(205, kInt, kIdsOut),
    C(207, kInt, kInt, kInt),
    C(212, kPath, kInt, kInt),
    C(213, kInt),
    C(214, kInt),
    C(219, kPointer, kUnsigned, FLAGS(kAdvice)),
    C(220, kInt, kEntriesOut, kUnsigned),
    C(221, kInt, kDescriptorCommand),
    C(224, kEnd),
    C(238, kInt, kSignal),
    C(240, kFutex),
    C(242, kInt, kUnsigned, kAffinityOut),
    C(243, kUserArea),
    C(252, kInt),
    C(258, kPointer),
    C(265, FLAGS(kClocks), kTimespecOut),
    C(266, FLAGS(kClocks), kTimespecOut),
    C(267, FLAGS(kClocks), FLAGS(kTimerFlags), kTimespecIn, kTimespecOut),
    C(270, kInt, kInt, kSignal),
    C(295, kDirectoryFd, kPath, FLAGS(kOpenFlags), kOctal),
    C(296, kDirectoryFd, kPath, kOctal),
    C(300, kDirectoryFd, kPath, kStatOut, FLAGS(kAtFlags)),
    C(301, kDirectoryFd, kPath, FLAGS(kUnlinkFlags)),
    C(302, kDirectoryFd, kPath, kDirectoryFd, kPath),
    C(304, kPath, kDirectoryFd, kPath),
    C(305, kDirectoryFd, kPath, kPathOut, kUnsigned),
    C(306, kDirectoryFd, kPath, kOctal),
    C(307, kDirectoryFd, kPath, FLAGS(kAccessModes)),
    C(308, kInt, kDescriptorSet, kDescriptorSet, kDescriptorSet, kTimespecIn, kMaskArgument),
    C(311, kPointer, kUnsigned),
    C(320, kDirectoryFd, kPath, kTwoTimespecsIn, FLAGS(kAtFlags)),
    C(330, kInt, kInt, FLAGS(kPipeFlags)),
    C(331, kPipeOut, FLAGS(kPipeFlags)),
    C(340, kInt, FLAGS(kResources), kLimit64In, kLimit64Out),
    C(355, kRandomBytesOut, kUnsigned, FLAGS(kRandomFlags)),
    C(383, kDirectoryFd, kPath, FLAGS(kStatxFlags), FLAGS(kStatxMask), kStatxOut),
    C(386, kPointer, kHex, kInt, kHex),
    C(403, FLAGS(kClocks), kTimespec64Out),
    C(407, FLAGS(kClocks), FLAGS(kTimerFlags), kTimespec64In, kTimespec64Out),
    C(412, kDirectoryFd, kPath, kTwoTimespecs64In, FLAGS(kAtFlags)),
    C(435, kClone3, kClone3Rest, kUnsigned),
};

static const struct call kUnknown = {NULL, {kHex, kHex, kHex, kHex, kHex, kHex}};

// Calls that have no arguments begin with kEnd, as what is not in the table does: these are known by their names.
static int has_no_arguments(long number)
{
    switch (number) {
    case 0:
    case 2:
    case 20:
    case 24:
    case 29:
    case 36:
    case 47:
    case 49:
    case 50:
    case 64:
    case 65:
    case 66:
    case 158:
    case 190:
    case 199:
    case 200:
    case 201:
    case 202:
    case 224:
        return 1;
    default:
        return 0;
    }
}

const struct call* find_call(long number)
{
    if (number < 0 || number >= kLinuxCalls) return &kUnknown;
    return kCalls[number].kinds[0] != kEnd || has_no_arguments(number) ? &kCalls[number] : &kUnknown;
}

static const char* own_name(long number)
{
    static const char* const names[] = {
        "getpagetableentry", "isphysicalpagefree", "dumppagetable", "yield",    "shutdown",
        "set_policy",        "page_info",          "frame_info",    "fail_nth", "ktest"};
    const unsigned long index = (unsigned long)number - kOwnCallsBegin;
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

const char* call_name(long number)
{
    static char unknown[24];
    const char* name = number >= 0 && number < kLinuxCalls ? linux_call_names[number] : own_name(number);
    if (name) return name;
    snprintf(unknown, sizeof unknown, "syscall_%#lx", number);
    return unknown;
}
