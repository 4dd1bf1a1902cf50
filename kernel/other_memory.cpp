#include "kernel/other_memory.h"

#include "fs/file.h"
#include "kernel/task.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kPart = 512;  // bytes that go through the kernel's stack at a time

Result<u32> so_far(u32 done, Errno error)
{
    return done != 0 ? Result<u32>{done} : Result<u32>{error};
}

}  // namespace

Result<u32> read_space(AddressSpace& space, UserAddr address, IoBuffer& buffer)
{
    u8 part[kPart];
    u32 done = 0;
    while (buffer.remaining() != 0) {
        const u32 wanted = min(buffer.remaining(), kPart);
        const u32 got = space.read_memory(part, address + done, wanted);
        if (got == 0) return so_far(done, Errno::Fault);
        const auto put = buffer.put(part, got);
        if (!put.ok()) return so_far(done, put.error());
        done += got;
    }
    return done;
}

Result<u32> write_space(AddressSpace& space, UserAddr address, IoBuffer& buffer, Right right)
{
    u8 part[kPart];
    u32 done = 0;
    while (buffer.remaining() != 0) {
        const u32 to_page_end = kPageSize - (address + done).value() % kPageSize;
        const u32 wanted = min(min(buffer.remaining(), kPart), to_page_end);
        const auto got = buffer.get(part, wanted);
        if (!got.ok()) return so_far(done, got.error());
        const auto written = right == Right::Debugger ? space.poke_memory(address + done, part, wanted)
                                                      : space.write_memory(address + done, part, wanted);
        if (!written.ok()) return so_far(done, Errno::Fault);
        done += wanted;
    }
    return done;
}

// ---- /proc/PID/mem ----

namespace {

// The space as it was at open: exec ends what can be done with it.
class OpenMemory final : public FileLike {
public:
    explicit OpenMemory(Ref<AddressSpace> space) : space_{move(space)} {}

    Result<u32> read(File&, u64 offset, IoBuffer& buffer) override
    {
        if (offset >= kUserEnd) return Errno::Io;
        return as_io(read_space(*space_, UserAddr{static_cast<u32>(offset)}, buffer));
    }
    Result<u32> write(File&, u64 offset, IoBuffer& buffer) override
    {
        if (offset >= kUserEnd) return Errno::Io;
        return as_io(write_space(*space_, UserAddr{static_cast<u32>(offset)}, buffer, Right::Debugger));
    }
    bool seekable() const override { return true; }
    void last_ref_dropped() override { destroy(this); }

private:
    static Result<u32> as_io(Result<u32> done) { return done.ok() ? done : Result<u32>{Errno::Io}; }
    Ref<AddressSpace> space_;
};

class MemoryFile final : public SyntheticInode {
public:
    MemoryFile(FileSystem& file_system, u64 number, Ref<Process> process)
        : SyntheticInode{file_system, number, kModeRegular | 0600, process->credentials.uid,
                         process->credentials.gid},
          process_{move(process)}
    {
    }
    Result<Ref<FileLike>> open(u32) override
    {
        if (!may_trace(current_task(), *process_)) return Errno::Access;
        Ref<AddressSpace> space = process_->share_space();
        if (!space) return Errno::NoProcess;
        return Ref<FileLike>{Ref<OpenMemory>::adopt(TRY(make<OpenMemory>(move(space))))};
    }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<Process> process_;
};

}  // namespace

Result<Ref<Inode>> create_memory_file(FileSystem& file_system, u64 number, Ref<Process> process)
{
    return Ref<Inode>::adopt(TRY(make<MemoryFile>(file_system, number, move(process))));
}

}  // namespace faultline
