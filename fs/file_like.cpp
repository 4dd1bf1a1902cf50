#include "fs/file_like.h"

#include "fs/file_locks.h"
#include "fs/inode.h"
#include "fs/poll.h"
#include "lib/string.h"
#include "mm/memory_object.h"

namespace faultline {

Result<u32> FileLike::read(File&, u64, IoBuffer&)
{
    return Errno::Invalid;
}
Result<u32> FileLike::write(File&, u64, IoBuffer&)
{
    return Errno::Invalid;
}
void FileLike::closed(File&) {}
Result<u32> FileLike::ioctl(File&, u32, UserAddr)
{
    return Errno::NotTty;
}
u32 FileLike::poll(File&, PollTable*)
{
    return kPollIn | kPollOut | kPollReadNormal | kPollWriteNormal;
}
Result<Ref<MemoryObject>> FileLike::object()
{
    return Errno::NoDevice;
}
Result<void> FileLike::sync()
{
    return Errno::Invalid;
}
void FileLike::forget_locks()
{
    destroy_locks(*locks);
}
Result<Ref<FileLike>> FileLike::open_again(u32)
{
    return Errno::NoDeviceOrAddress;
}

void FileLike::describe(Span<char> text) const
{
    copy_string(text, "anon_inode:[file]");
}
void FileLike::print_state(TextBuffer&) const {}
void FileLike::attributes(Attributes& out) const
{
    out = Attributes{};
}

}  // namespace faultline
