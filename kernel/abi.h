// Linux's structures and numbers for i386, as programs see them (include/uapi of Linux). Sizes are checked here, once.
//
// Only what a system call moves between kernel and program; what a lower floor defines already (open flags, mode bits,
// poll events, termios) stays there.
#pragma once

#include "lib/types.h"

namespace faultline {

struct EpollEvent;

// ---- Time ----

struct Timespec32 {
    i32 seconds;
    i32 nanoseconds;
};
struct Timespec64 {
    i64 seconds;
    i64 nanoseconds;  // programs leave the upper half undefined: only the lower one counts
};
struct Timeval32 {
    i32 seconds;
    i32 microseconds;
};
struct Itimerval32 {
    Timeval32 interval, value;
};
struct Itimerspec32 {
    Timespec32 interval, value;
    static Itimerspec32 of(u64 interval_ns, u64 value_ns);
};
struct Itimerspec64 {
    Timespec64 interval, value;
    static Itimerspec64 of(u64 interval_ns, u64 value_ns);
};
struct Timex32 {
    u32 modes;
    i32 offset, frequency, max_error, estimated_error, status, constant, precision, tolerance;
    i32 seconds, fraction;
    i32 tick, pps[8], tai, unused[11];
};
static_assert(sizeof(Timex32) == 128);
struct Timex64 {
    u32 modes, padding0;
    i64 offset, frequency, max_error, estimated_error;
    i32 status, padding1;
    i64 constant, precision, tolerance;
    i64 seconds, fraction;
    i64 tick, pps[8];
    i32 tai, unused[11];
};
static_assert(sizeof(Timex64) == 208);

struct Utimbuf {
    i32 accessed, modified;
};
struct Tms {
    u32 user, system, child_user, child_system;  // in ticks of 1/100 s
};
constexpr u32 kUserTicksPerSecond = 100;  // AT_CLKTCK

// ---- Files ----

struct [[gnu::packed]] Stat64 {
    u64 device;
    u32 padding0;
    u32 inode_low;  // __st_ino
    u32 mode, link_count, uid, gid;
    u64 special;
    u32 padding1;
    i64 size;
    u32 block_size;
    u64 blocks;
    u32 accessed, accessed_ns, modified, modified_ns, changed, changed_ns;
    u64 inode;
};
static_assert(sizeof(Stat64) == 96);

// stat's of old (106 to 108): ids of 16 bits, sizes of 32.
struct Stat32 {
    u32 device, inode;
    u16 mode, link_count, uid, gid;
    u32 special, size, block_size, blocks;
    u32 accessed, accessed_ns, modified, modified_ns, changed, changed_ns;
    u32 padding[2];
};
static_assert(sizeof(Stat32) == 64);

struct StatxTime {
    i64 seconds;
    u32 nanoseconds;
    i32 padding;
};
struct [[gnu::packed]] Statx {
    u32 mask, block_size;
    u64 attributes;
    u32 link_count, uid, gid;
    u16 mode, padding0;
    u64 inode, size, blocks, attributes_mask;
    StatxTime accessed, created, changed, modified;
    u32 special_major, special_minor, device_major, device_minor;
    u64 mount_id;
    u32 dio_memory_align, dio_offset_align;
    u64 padding1[12];
};
static_assert(sizeof(Statx) == 256);
constexpr u32 kStatxBasic = 0x7ff, kStatxMountId = 0x1000;

struct Statfs32 {
    u32 type, block_size, blocks, free_blocks, available_blocks, files, free_files;
    u32 id[2];
    u32 name_length, fragment_size, flags, spare[4];
};
static_assert(sizeof(Statfs32) == 64);
struct [[gnu::packed]] Statfs64 {
    u32 type, block_size;
    u64 blocks, free_blocks, available_blocks, files, free_files;
    u32 id[2];
    u32 name_length, fragment_size, flags, spare[4];
};
static_assert(sizeof(Statfs64) == 84);

// fcntl's, in its two sizes.
struct Flock32 {
    i16 type, whence;
    i32 start, length, pid;
};
static_assert(sizeof(Flock32) == 16);
struct [[gnu::packed]] Flock64 {
    i16 type, whence;
    i64 start, length;
    i32 pid;
};
static_assert(sizeof(Flock64) == 24);

struct Iovec {
    u32 start, size_bytes;
};
struct Pollfd {
    i32 fd;
    i16 events, returned;
};
static_assert(sizeof(Pollfd) == 8);

// ---- Processes ----

struct Rusage {
    Timeval32 user, system;
    u32 max_resident_kib, unused[3];
    u32 minor_faults, major_faults, swaps;
    u32 blocks_in, blocks_out, messages_sent, messages_received, signals;
    u32 switches_voluntary, switches_forced;
};
static_assert(sizeof(Rusage) == 72);

struct Rlimit32 {
    u32 soft, hard;
};
struct Rlimit64 {
    u64 soft, hard;
};
constexpr u32 kUnlimited = ~u32{0};
enum Resource : u32 {
    kLimitCpu,
    kLimitFileSize,
    kLimitData,
    kLimitStack,
    kLimitCore,
    kLimitResident,
    kLimitProcesses,
    kLimitFiles,
    kLimitLocked,
    kLimitSpace,
    kLimitLocks,
    kLimitSignals,
    kLimitQueues,
    kLimitNice,
    kLimitRealTime,
    kLimitRealTimeCpu,
    kResources
};

struct Utsname {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};
static_assert(sizeof(Utsname) == 390);

struct OldUtsname {
    char system[65], node[65], release[65], version[65], machine[65];
};
struct OldOldUtsname {
    char system[9], node[9], release[9], version[9], machine[9];
};

struct CapabilityHeader {
    u32 version;
    i32 pid;
};

struct Sysinfo {
    u32 uptime_seconds;
    u32 loads[3];  // fixed point, 16 bits
    u32 total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
    u16 processes, padding;
    u32 total_high, free_high, memory_unit;
    u8 padding2[8];
};
static_assert(sizeof(Sysinfo) == 64);

struct UserDesc {
    u32 entry_number, base, limit;
    u32 flags;  // bit 0 seg_32bit, 1-2 contents, 3 read_exec_only, 4 limit_in_pages, 5 seg_not_present, 6 useable
};
static_assert(sizeof(UserDesc) == 16);

// Our own calls 1006 and 1007; user/libc/include/faultline.h has the programs' view.
constexpr u32 kPageInfoShared = 1, kPageInfoHeap = 2, kPageInfoStack = 4;  // PageInfo::region_flags
struct PageInfo {
    u32 pde, pte;  // raw entries, 0: none
    u32 backing;   // mm's PageBacking
    u32 offset;
    u32 region_first, region_end;  // addresses; 0, 0: no region
    u32 rights;                    // PROT_*
    u32 region_flags;
    char name[64];
};
static_assert(sizeof(PageInfo) == 96);

constexpr u32 kFrameInfoDirty = 1, kFrameInfoReferenced = 2, kFrameInfoBusy = 4, kFrameInfoWriting = 8,
              kFrameInfoCached = 16;  // FrameInfo::flags
constexpr u32 kShownMappers = 16;
struct FrameInfo {
    u32 use;  // mm's FrameUse
    u32 owners;
    u32 flags;
    u32 index;  // of the page in its object
    u32 mapper_count;
    struct {
        u32 pid, address;
    } mappers[kShownMappers];  // the first of them
    char name[64];
};
static_assert(sizeof(FrameInfo) == 212);

// clone(2)
constexpr u32 kCloneSignalMask = 0xff, kCloneVm = 0x100, kCloneFs = 0x200, kCloneFiles = 0x400,
              kCloneSigHand = 0x800, kClonePidFile = 0x1000, kCloneVfork = 0x4000, kCloneParent = 0x8000,
              kCloneThread = 0x10000, kCloneSysVSem = 0x40000, kCloneSetTls = 0x80000,
              kCloneParentSetTid = 0x100000, kCloneChildClearTid = 0x200000, kCloneDetached = 0x400000,
              kCloneUntraced = 0x800000, kCloneChildSetTid = 0x1000000;

// wait4(2)
constexpr u32 kWaitNoHang = 1, kWaitStopped = 2, kWaitExited = 4, kWaitContinued = 8, kWaitLeave = 0x01000000,
              kWaitNoThread = 0x20000000, kWaitAll = 0x40000000, kWaitClone = 0x80000000;

// ---- Signals ----

struct KernelSigaction {
    u32 handler;
    u32 flags;
    u32 restorer;
    u32 mask[2];
};
static_assert(sizeof(KernelSigaction) == 20);
struct OldSigaction {  // of the calls before real-time signals
    u32 handler, mask, flags, restorer;
};

struct SignalStack {
    u32 start, flags, size_bytes;
};
constexpr u32 kStackOnStack = 1, kStackDisabled = 2, kStackAutoDisarm = 1u << 31;

struct Sigevent {
    u32 value, signal, notify, tid;
    u32 unused[12];
};
static_assert(sizeof(Sigevent) == 64);

struct Siginfo {
    i32 signal, error, code;
    u32 fields[29];
};
static_assert(sizeof(Siginfo) == 128);

// ---- personality ----

// The bits with an effect; all others are kept and given back, like these.
enum Personality : u32 {
    kNoRandomize = 0x0040000,      // ADDR_NO_RANDOMIZE: exec goes without aslr=1
    kReadIsExecute = 0x0400000,    // READ_IMPLIES_EXEC
    kPersonalityAsk = 0xffffffff,  // changes nothing
    // Not inherited by a program that changes ids: what would help to attack it (PER_CLEAR_ON_SETID).
    kPersonalityNotSetId = 0x0100000 | kNoRandomize | kReadIsExecute | 0x0200000 | 0x8000000,
};

// ---- auxiliary vector ----

enum AuxiliaryType : u32 {
    kAuxNull = 0,
    kAuxHeaders = 3,
    kAuxHeaderSize = 4,
    kAuxHeaderCount = 5,
    kAuxPageSize = 6,
    kAuxBase = 7,
    kAuxFlags = 8,
    kAuxEntry = 9,
    kAuxUid = 11,
    kAuxEffectiveUid = 12,
    kAuxGid = 13,
    kAuxEffectiveGid = 14,
    kAuxPlatform = 15,
    kAuxHardware = 16,
    kAuxClockTick = 17,
    kAuxSecure = 23,
    kAuxRandom = 25,
    kAuxHardware2 = 26,
    kAuxFileName = 31,
    kAuxMinSignalStack = 51,
};

// struct msghdr
struct MessageHeader {
    u32 name;
    i32 name_length;
    u32 vectors, vector_count;
    u32 control, control_length;
    u32 flags;
};
static_assert(sizeof(MessageHeader) == 28);

}  // namespace faultline
