#include "mm/user_access.h"

#include "arch/user_copy.h"
#include "core/thread.h"
#include "lib/bits.h"
#include "lib/string.h"

namespace faultline {

namespace {

// In the user half and clear of the guard page, by arithmetic alone: at CPL 0 neither a kernel address nor a page of the
// supervisor's would fault. The guard page never is page 0, so `end <= guard` holds for a buffer of no bytes below it.
bool may_access(UserAddr start, u32 size_bytes)
{
    if (start.value() > kUserEnd || size_bytes > kUserEnd - start.value()) return false;
    const u32 guard = current_thread().space->guard_page.value();
    return start.value() + size_bytes <= guard || guard + kPageSize <= start.value();
}

void* pointer(u32 address)
{
    return reinterpret_cast<void*>(static_cast<usize>(address));
}

}  // namespace

bool is_user_range(UserAddr start, u32 size_bytes)
{
    return may_access(start, size_bytes);
}

Result<void> copy_from_user(void* to, UserAddr from, u32 size_bytes)
{
    if (!may_access(from, size_bytes)) return Errno::Fault;
    if (user_copy_bytes(to, pointer(from.value()), size_bytes) != 0) return Errno::Fault;
    return {};
}

Result<void> copy_to_user(UserAddr to, const void* from, u32 size_bytes)
{
    if (!may_access(to, size_bytes)) return Errno::Fault;
    if (user_copy_bytes(pointer(to.value()), from, size_bytes) != 0) return Errno::Fault;
    return {};
}

Result<void> clear_user(UserAddr to, u32 size_bytes)
{
    if (!may_access(to, size_bytes)) return Errno::Fault;
    if (user_clear_bytes(pointer(to.value()), size_bytes) != 0) return Errno::Fault;
    return {};
}

Result<u32> copy_string_from_user(Span<char> to, UserAddr from)
{
    if (!may_access(from, 1)) return Errno::Fault;
    const u32 room = static_cast<u32>(to.size());
    const u32 guard = current_thread().space->guard_page.value();
    const u32 stop = from.value() < guard ? guard : kUserEnd;
    const u32 limit = min(room, stop - from.value());
    CopyStringEnd end;
    const u32 copied =
        user_copy_string(to.data(), static_cast<const char*>(pointer(from.value())), limit, &end);
    if (end == CopyStringEnd::Nul) return copied - 1;
    if (end == CopyStringEnd::Limit && limit == room) return Errno::NameTooLong;
    return Errno::Fault;
}

Result<u32> load_user_word_now(UserAddr word)
{
    u32 value;
    TRY(copy_from_user(&value, word, sizeof value));
    return value;
}

Result<u32> compare_exchange_user_word_now(UserAddr word, u32 expected, u32 desired)
{
    u32 found;
    if (!may_access(word, sizeof found)) return Errno::Fault;
    if (user_compare_exchange(static_cast<u32*>(pointer(word.value())), expected, desired, &found) != 0)
        return Errno::Fault;
    return found;
}

// A store of the value that is there takes the same faults as any other.
Result<void> make_word_present(UserAddr word, WordUse use)
{
    const u32 value = TRY(load_user_word_now(word));
    if (use == WordUse::Store) TRY(compare_exchange_user_word_now(word, value, value));
    return {};
}

bool fix_up_user_access(TrapFrame& frame)
{
    return fix_up_user_copy(frame);
}

Result<void> IoBuffer::put(const void* from, u32 size_bytes)
{
    if (is_user_)
        TRY(copy_to_user(UserAddr{address_}, from, size_bytes));
    else
        memcpy(pointer(address_), from, size_bytes);
    skip(size_bytes);
    return {};
}

Result<void> IoBuffer::get(void* to, u32 size_bytes)
{
    if (is_user_)
        TRY(copy_from_user(to, UserAddr{address_}, size_bytes));
    else
        memcpy(to, pointer(address_), size_bytes);
    skip(size_bytes);
    return {};
}

Result<void> IoBuffer::put_zeroes(u32 size_bytes)
{
    if (is_user_)
        TRY(clear_user(UserAddr{address_}, size_bytes));
    else
        memset(pointer(address_), 0, size_bytes);
    skip(size_bytes);
    return {};
}

void IoBuffer::skip(u32 size_bytes)
{
    address_ += size_bytes;
    remaining_ -= size_bytes;
}

}  // namespace faultline
