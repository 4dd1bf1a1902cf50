#include "kernel/file_table.h"

#include "fs/file_locks.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

Result<Ref<FileTable>> FileTable::create()
{
    return Ref<FileTable>::adopt(TRY(make<FileTable>()));
}

FileTable::~FileTable()
{
    for (u32 word = 0; word < words(); word++)
        for (u32 rest = used_[word]; rest != 0; rest &= rest - 1)
            closed(Ref<File>::adopt(slots_[word * 32 + lowest_bit(rest)]));
    if (slots_ != inline_slots_) heap_free(slots_);
}

void FileTable::last_ref_dropped()
{
    destroy(this);
}

// Nobody else knows the copy yet, so only our own table needs its lock. False: it grew meanwhile, the copy has to, too.
bool FileTable::copy_to(FileTable& twin) NO_THREAD_SAFETY_ANALYSIS
{
    SpinGuard guard{lock_};
    if (capacity_ > twin.capacity_) return false;
    for (u32 word = 0; word < words(); word++) {
        twin.used_[word] = used_[word];
        twin.close_on_exec_[word] = close_on_exec_[word];
        for (u32 rest = used_[word]; rest != 0; rest &= rest - 1) {
            const u32 fd = word * 32 + lowest_bit(rest);
            slots_[fd]->retain();
            twin.slots_[fd] = slots_[fd];
        }
    }
    return true;
}

Result<Ref<FileTable>> FileTable::copy()
{
    Ref<FileTable> twin = TRY(create());
    if (capacity_ > kInline) TRY(twin->grow());
    while (!copy_to(*twin))
        TRY(twin->grow());
    return twin;
}

// There are two sizes: the slots within, and one block for the most there may be.
Result<void> FileTable::grow()
{
    auto** slots = static_cast<File**>(TRY(heap_allocate(kMost * sizeof(File*))));
    SpinGuard guard{lock_};
    if (capacity_ == kMost) {  // another task was faster
        heap_free(slots);
        return {};
    }
    memcpy(slots, slots_, capacity_ * sizeof(File*));
    memset(&used_[words()], 0, (kWords - words()) * sizeof(u32));
    memset(&close_on_exec_[words()], 0, (kWords - words()) * sizeof(u32));
    slots_ = slots;
    capacity_ = kMost;
    return {};
}

Result<Ref<File>> FileTable::find(i32 number)
{
    const u32 fd = static_cast<u32>(number);
    SpinGuard guard{lock_};
    if (!is_open_locked(fd)) return Errno::BadDescriptor;
    return Ref<File>::share(slots_[fd]);
}

u32 FileTable::lowest_free_locked(u32 from) const
{
    for (u32 at = from; at < capacity_; at = (at | 31) + 1) {
        const u32 free = ~used_[at / 32] >> (at % 32);
        if (free != 0) return at + lowest_bit(free);
    }
    return max(from, capacity_);  // the first beyond
}

void FileTable::put_locked(u32 fd, File* file, OnExec on_exec)
{
    const u32 bit = 1u << fd % 32;
    slots_[fd] = file;
    used_[fd / 32] |= bit;
    if (on_exec == OnExec::Close)
        close_on_exec_[fd / 32] |= bit;
    else
        close_on_exec_[fd / 32] &= ~bit;
}

File* FileTable::take_locked(u32 fd)
{
    File* file = slots_[fd];
    used_[fd / 32] &= ~(1u << fd % 32);
    return file;
}

void FileTable::release_record_locks(File& file)
{
    release_locks(file, LockKind::Posix, this);
}

Result<void> FileTable::prepare(u32 limit)
{
    {
        SpinGuard guard{lock_};
        const u32 fd = lowest_free_locked(0);
        if (fd >= min(limit, kMost)) return Errno::TooManyFiles;
        if (fd < capacity_) return {};
    }
    return grow();
}

u32 FileTable::open_count() const NO_THREAD_SAFETY_ANALYSIS
{
    u32 count = 0;
    for (u32 word = 0; word < words(); word++)
        for (u32 rest = used_[word]; rest != 0; rest &= rest - 1)
            count++;
    return count;
}

Result<u32> FileTable::add(Ref<File> file, OnExec on_exec, u32 limit, u32 lowest)
{
    if (limit > kMost) limit = kMost;
    for (;;) {
        {
            SpinGuard guard{lock_};
            const u32 fd = lowest_free_locked(lowest);
            if (fd >= limit) return Errno::TooManyFiles;
            if (fd < capacity_) {
                put_locked(fd, file.leak(), on_exec);
                return fd;
            }
        }
        TRY(grow());
    }
}

Result<void> FileTable::replace(u32 fd, Ref<File> file, OnExec on_exec, u32 limit)
{
    if (fd >= limit || fd >= kMost) return Errno::BadDescriptor;
    if (fd >= capacity_) TRY(grow());
    Ref<File> old;
    {
        SpinGuard guard{lock_};
        if (is_open_locked(fd)) old = Ref<File>::adopt(take_locked(fd));
        put_locked(fd, file.leak(), on_exec);
    }
    closed(old);
    return {};
}

Result<void> FileTable::close(i32 number)
{
    const u32 fd = static_cast<u32>(number);
    Ref<File> file;
    {
        SpinGuard guard{lock_};
        if (!is_open_locked(fd)) return Errno::BadDescriptor;
        file = Ref<File>::adopt(take_locked(fd));
    }
    closed(file);
    return {};
}

void FileTable::close_on_exec()
{
    for (u32 word = 0; word < words(); word++) {
        for (;;) {
            Ref<File> file;
            {
                SpinGuard guard{lock_};
                const u32 doomed = used_[word] & close_on_exec_[word];
                if (doomed == 0) break;
                file = Ref<File>::adopt(take_locked(word * 32 + lowest_bit(doomed)));
            }
            closed(file);
        }
    }
}

void FileTable::close_range(u32 first, u32 last)
{
    for (;;) {
        const Optional<u32> fd = next_open(first);
        if (!fd || fd.value() > last) return;
        first = fd.value() + 1;
        static_cast<void>(close(static_cast<i32>(fd.value())));  // another thread may have been faster
    }
}

void FileTable::set_range_on_exec(u32 first, u32 last)
{
    SpinGuard guard{lock_};
    for (u32 fd = first; fd <= last && fd < capacity_; fd++)
        close_on_exec_[fd / 32] |= is_open_locked(fd) ? 1u << fd % 32 : 0;
}

Result<OnExec> FileTable::on_exec(i32 number)
{
    const u32 fd = static_cast<u32>(number);
    SpinGuard guard{lock_};
    if (!is_open_locked(fd)) return Errno::BadDescriptor;
    return (close_on_exec_[fd / 32] >> fd % 32 & 1) != 0 ? OnExec::Close : OnExec::Keep;
}

Result<void> FileTable::set_on_exec(i32 number, OnExec on_exec)
{
    const u32 fd = static_cast<u32>(number);
    SpinGuard guard{lock_};
    if (!is_open_locked(fd)) return Errno::BadDescriptor;
    put_locked(fd, slots_[fd], on_exec);
    return {};
}

Optional<u32> FileTable::next_open(u32 from)
{
    SpinGuard guard{lock_};
    for (u32 at = from; at < capacity_; at = (at | 31) + 1) {
        const u32 used = used_[at / 32] >> (at % 32);
        if (used != 0) return at + lowest_bit(used);
    }
    return {};
}

}  // namespace faultline
