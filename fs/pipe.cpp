// A Pipe is one ring of frames. Positions count bytes from 0 (the ring was empty); both are set back to 0 when it runs
// empty, so that page-sized writes meet whole frames.
//
//   frames_[ read_position_ / 4096 ... write_position_ / 4096 ]   (mod kSlots) are there
//
// Locks: transfer_ (may sleep: a copy may fault) guards the ring; state_ (spin) guards used_ and the ends, and is the lock
// of the two queues. used_ changes under both.
#include "fs/pipe.h"

#include "core/sleep_lock.h"
#include "fs/poll.h"
#include "fs/with_reclaim.h"
#include "lib/format.h"
#include "mm/frame.h"
#include "mm/heap.h"

namespace faultline {

namespace {

// A full ring that begins inside a page touches one page more than its bytes would fill; and a power of two, so that slots
// go on where positions wrap.
constexpr u32 kSlots = 2 * kPipeCapacity / kPageSize;
constexpr u32 kReadableBytes = 0x541B;  // FIONREAD

// How often either end had been opened; one less where one was open: who sees another number has met somebody.
struct Openings {
    u32 readers = 0, writers = 0;
};

class Pipe final : public FileLike, public ListNode<> {
public:
    explicit Pipe(bool is_fifo) : is_fifo_{is_fifo} { pipes_.fetch_add(1); }
    ~Pipe();

    Result<u32> read(File& file, u64 offset, IoBuffer& buffer) override;
    Result<u32> write(File& file, u64 offset, IoBuffer& buffer) override;
    void closed(File& file) override;
    Result<u32> ioctl(File& file, u32 request, UserAddr argument) override;
    u32 poll(File& file, PollTable* table) override;
    void attributes(Attributes& out) const override;
    void describe(Span<char> text) const override;
    Result<Ref<FileLike>> open_again(u32 flags) override;
    void last_ref_dropped() override;

    static Result<Ref<Pipe>> create(bool is_fifo);
    Openings add_ends(u32 readers, u32 writers);
    void drop_ends(u32 readers, u32 writers);
    Result<void> wait_for_other_end(u32 flags, Openings before);
    bool has_ends()
    {
        SpinGuard guard{state_};
        return readers_ + writers_ != 0;
    }

    Ref<Inode> fifo;  // the name on disk, while an end is open; guarded by fifos_lock

private:
    u32 room_for(u32 wanted) const;
    Result<bool> wait_for_bytes(const File& file);
    Result<void> wait_for_room(const File& file, u32 wanted);
    Result<u32> take(IoBuffer& buffer) REQUIRES(transfer_);
    Result<u32> add(IoBuffer& buffer, u32 limit) REQUIRES(transfer_);
    Result<u32> write_piece(IoBuffer& buffer, u32 wanted);
    Result<void> wait_to_write(const File& file, u32 wanted, const Result<u32>& piece);
    static Result<void> make_memory();
    // A glance without the lock: who closes meanwhile came just after us.
    bool has_readers() const NO_THREAD_SAFETY_ANALYSIS
    {
        return __atomic_load_n(&readers_, __ATOMIC_RELAXED) != 0;
    }
    Result<u8*> writable_bytes(u32& size) REQUIRES(transfer_);
    void finish_read(u32 bytes) REQUIRES(transfer_);
    void put_away(Frame frame) REQUIRES(transfer_);
    void finish_write(u32 bytes) REQUIRES(transfer_);

    SleepLock transfer_{LockRank::Pipe};
    SpinLock state_{LockRank::Pipe};
    WaitQueue readable_, writable_;
    const bool is_fifo_;
    u32 used_ = 0;
    u32 readers_ GUARDED_BY(state_) = 0, writers_ GUARDED_BY(state_) = 0;
    u32 readers_ever_ GUARDED_BY(state_) = 0, writers_ever_ GUARDED_BY(state_) = 0;
    u32 read_position_ GUARDED_BY(transfer_) = 0, write_position_ GUARDED_BY(transfer_) = 0;
    Frame frames_[kSlots] GUARDED_BY(transfer_);
    Frame spare_ GUARDED_BY(transfer_);  // if has_spare_
    bool has_spare_ GUARDED_BY(transfer_) = false;
    u32 number_ = next_number_.fetch_add(1);
    FileTime made_ = current_file_time();

    static Atomic<u32> next_number_;
    static Atomic<u32> pipes_;  // that there are
};

Atomic<u32> Pipe::next_number_{1};
Atomic<u32> Pipe::pipes_;

// Frames that all pipes may have beyond one each, and how many pipes there may be: no address space answers for them.
u32 most_pipe_frames()
{
    return managed_frames() / 8;
}

Result<Ref<Pipe>> Pipe::create(bool is_fifo)
{
    if (pipes_.load() >= most_pipe_frames()) return Errno::TableFull;
    return Ref<Pipe>::adopt(TRY(with_reclaim([is_fifo] { return make<Pipe>(is_fifo); })));
}

// Bytes that there is room for now, if `wanted` are. A page is every pipe's, more only as long as all have not too many.
u32 Pipe::room_for(u32 wanted) const
{
    const bool one_page_does = used_ + wanted <= kPageSize;
    const u32 most =
        one_page_does || frames_of_use(FrameUse::Pipe) >= most_pipe_frames() ? kPageSize : kPipeCapacity;
    return most > used_ ? most - used_ : 0;
}

// Interrupted before anything moved: the call starts again after a handler with SA_RESTART.
Result<void> restartable(const Result<void>& slept)
{
    if (!slept.ok() && slept.error() == Errno::Intr) return Errno::RestartSys;
    return slept;
}

u32 slot_of(u32 position)
{
    return position / kPageSize % kSlots;
}

Pipe::~Pipe() NO_THREAD_SAFETY_ANALYSIS
{
    const u32 frames = (read_position_ % kPageSize + used_ + kPageSize - 1) / kPageSize;
    for (u32 i = 0; i < frames; i++)
        release_frame(frames_[slot_of(read_position_ + i * kPageSize)]);
    if (has_spare_) release_frame(spare_);
    pipes_.fetch_sub(1);
}

void Pipe::last_ref_dropped()
{
    destroy(this);
}

// ---- Reading ----

// False: there are no bytes, and nobody will write any.
Result<bool> Pipe::wait_for_bytes(const File& file)
{
    SpinGuard guard{state_};
    if (used_ == 0 && writers_ != 0 && file.nonblocking()) return Errno::Again;
    const auto can_go_on = [this]() NO_THREAD_SAFETY_ANALYSIS { return used_ != 0 || writers_ == 0; };
    TRY(restartable(wait_until(readable_, state_, can_go_on, Wait::Interruptible)));
    return used_ != 0;
}

// A frame without bytes: one stays for the next write, so that a pipe that goes back and forth allocates nothing.
void Pipe::put_away(Frame frame)
{
    if (has_spare_)
        release_frame(frame);
    else
        spare_ = frame;
    has_spare_ = true;
}

// Moves what is there. A frame that was read to its end is given back.
Result<u32> Pipe::take(IoBuffer& buffer)
{
    u32 taken = 0;
    while (taken < used_ && buffer.remaining() != 0) {
        const u32 offset = read_position_ % kPageSize;
        const u32 size = min(min(kPageSize - offset, used_ - taken), buffer.remaining());
        const Frame frame = frames_[slot_of(read_position_)];
        const Result<void> put = buffer.put(static_cast<u8*>(frame_memory(frame)) + offset, size);
        if (!put.ok()) {
            finish_read(taken);
            return taken != 0 ? Result<u32>{taken} : Result<u32>{put.error()};
        }
        taken += size;
        read_position_ += size;
        if (read_position_ % kPageSize == 0) put_away(frame);
    }
    finish_read(taken);
    return taken;
}

void Pipe::finish_read(u32 bytes)
{
    SpinGuard guard{state_};
    used_ -= bytes;
    if (used_ == 0) {
        if (write_position_ % kPageSize != 0) put_away(frames_[slot_of(write_position_)]);
        read_position_ = write_position_ = 0;
    }
    if (bytes != 0 && !writable_.empty()) writable_.wake_all();
}

Result<u32> Pipe::read(File& file, u64, IoBuffer& buffer)
{
    if (buffer.remaining() == 0) return u32{0};
    for (;;) {
        {
            SleepGuard guard{transfer_};
            if (used_ != 0) return take(buffer);
        }
        if (!TRY(wait_for_bytes(file))) return u32{0};
    }
}

// ---- Writing ----

Result<void> Pipe::wait_for_room(const File& file, u32 wanted)
{
    SpinGuard guard{state_};
    const auto can_go_on = [this, wanted]() NO_THREAD_SAFETY_ANALYSIS {
        return room_for(wanted) >= wanted || readers_ == 0;
    };
    if (!can_go_on() && file.nonblocking()) return Errno::Again;
    TRY(restartable(wait_until(writable_, state_, can_go_on, Wait::Interruptible)));
    return readers_ == 0 ? Result<void>{Errno::Pipe} : Result<void>{};
}

// Where the next bytes go, and how many fit there in one piece.
Result<u8*> Pipe::writable_bytes(u32& size)
{
    const u32 offset = write_position_ % kPageSize;
    Frame& frame = frames_[slot_of(write_position_)];
    if (offset == 0) frame = has_spare_ ? spare_ : TRY(allocate_frame(Fill::Nothing, FrameUse::Pipe));
    if (offset == 0) has_spare_ = false;
    size = kPageSize - offset;
    return static_cast<u8*>(frame_memory(frame)) + offset;
}

// Moves up to `limit` bytes, for which there is room.
Result<u32> Pipe::add(IoBuffer& buffer, u32 limit)
{
    u32 added = 0;
    Result<void> failed;
    while (added < limit && failed.ok()) {
        u32 size = 0;
        const Result<u8*> to = writable_bytes(size);
        if (!to.ok()) {
            failed = to.error();
            break;
        }
        size = min(size, limit - added);
        failed = buffer.get(to.value(), size);
        if (!failed.ok()) {
            if (write_position_ % kPageSize == 0) put_away(frames_[slot_of(write_position_)]);
            break;
        }
        write_position_ += size;
        added += size;
    }
    finish_write(added);
    return added != 0 || failed.ok() ? Result<u32>{added} : Result<u32>{failed.error()};
}

void Pipe::finish_write(u32 bytes)
{
    SpinGuard guard{state_};
    used_ += bytes;
    if (bytes != 0 && !readable_.empty()) readable_.wake_all();
}

// One piece of a write. 0: there is no room for it, or no reader.
Result<u32> Pipe::write_piece(IoBuffer& buffer, u32 wanted)
{
    SleepGuard guard{transfer_};
    const u32 free = room_for(buffer.remaining());
    if (free < wanted || !has_readers()) return u32{0};
    return add(buffer, min(free, buffer.remaining()));
}

// Memory is made where no lock is held, and then taken again by the ordinary way.
Result<void> Pipe::make_memory()
{
    release_frame(TRY(allocate_frame_reclaiming(Fill::Nothing, FrameUse::Pipe)));
    return {};
}

// After a piece did not go: waits for what it lacked.
Result<void> Pipe::wait_to_write(const File& file, u32 wanted, const Result<u32>& piece)
{
    if (piece.ok()) return wait_for_room(file, wanted);
    return piece.error() == Errno::NoMemory ? make_memory() : Result<void>{piece.error()};
}

Result<u32> Pipe::write(File& file, u64, IoBuffer& buffer)
{
    u32 written = 0;
    while (buffer.remaining() != 0) {
        // What is to be whole waits until it fits; a longer write goes in pieces.
        const u32 wanted = buffer.remaining() <= kPipeAtomic && written == 0 ? buffer.remaining() : 1;
        const Result<u32> added = write_piece(buffer, wanted);
        if (added.ok() && added.value() != 0) {
            written += added.value();
            continue;
        }
        const Result<void> waited = wait_to_write(file, wanted, added);
        if (!waited.ok()) return written != 0 ? Result<u32>{written} : Result<u32>{waited.error()};
    }
    return written;
}

// ---- The rest ----

Openings Pipe::add_ends(u32 readers, u32 writers)
{
    SpinGuard guard{state_};
    const Openings before{readers_ever_ - (readers_ != 0 ? 1 : 0), writers_ever_ - (writers_ != 0 ? 1 : 0)};
    readers_ += readers;
    writers_ += writers;
    readers_ever_ += readers;
    writers_ever_ += writers;
    readable_.wake_all();
    writable_.wake_all();
    return before;
}

Result<u32> Pipe::ioctl(File&, u32 request, UserAddr argument)
{
    if (request != kReadableBytes) return Errno::NotTty;
    const u32 bytes = used_;
    TRY(copy_to_user(argument, &bytes, sizeof bytes));
    return u32{0};
}

u32 Pipe::poll(File& file, PollTable* table)
{
    SpinGuard guard{state_};
    u32 events = 0;
    if (file.readable()) {
        if (table) table->watch(readable_, state_);
        if (used_ != 0) events |= kPollIn | kPollReadNormal;
        if (writers_ == 0 && writers_ever_ != 0) events |= kPollHangUp;
    }
    if (file.writable()) {
        if (table) table->watch(writable_, state_);
        if (room_for(kPipeAtomic) >= kPipeAtomic) events |= kPollOut | kPollWriteNormal;
        if (readers_ == 0) events |= kPollError;
    }
    return events;
}

void Pipe::attributes(Attributes& out) const
{
    out = Attributes{};
    out.inode_number = number_;
    out.mode = kModeFifo | 0600;
    out.link_count = 1;
    out.block_size = kPageSize;
    out.accessed = out.modified = out.changed = made_;
}

void Pipe::describe(Span<char> text) const
{
    format(text, "pipe:[%u]", number_);
}

// ---- FIFOs: pipes found by their inode ----

SleepLock fifos_lock{LockRank::Mount};
IntrusiveList<Pipe> fifos GUARDED_BY(fifos_lock);

void Pipe::closed(File& file)
{
    drop_ends(file.readable() ? 1 : 0, file.writable() ? 1 : 0);
}

void Pipe::drop_ends(u32 readers, u32 writers)
{
    {
        SpinGuard guard{state_};
        readers_ -= readers;
        writers_ -= writers;
        readable_.wake_all();
        writable_.wake_all();
    }
    if (!is_fifo_) return;
    Ref<Inode> inode;
    SleepGuard guard{fifos_lock};
    if (!fifo || has_ends()) return;
    inode = move(fifo);
    fifos.remove(*this);
}

// Finds or makes the pipe and counts the new ends, so that it stays.
Result<Ref<Pipe>> find_fifo(Inode& inode, u32 readers, u32 writers, Openings& before)
{
    SleepGuard guard{fifos_lock};
    for (Pipe& pipe : fifos) {
        if (pipe.fifo.get() != &inode) continue;
        before = pipe.add_ends(readers, writers);
        return Ref<Pipe>::share(&pipe);
    }
    Ref<Pipe> pipe = TRY(Pipe::create(true));
    pipe->fifo = Ref<Inode>::share(&inode);
    before = pipe->add_ends(readers, writers);
    fifos.push_back(*pipe);
    return pipe;
}

// Reading alone waits for a writer, writing alone for a reader: one that was there when our end was counted, or came since.
// It may be gone again.
Result<void> Pipe::wait_for_other_end(u32 flags, Openings before)
{
    const u32 access = flags & kOpenAccessMask;
    const bool waits = (flags & kOpenNonBlock) == 0;
    if (access == kOpenReadWrite || (access == kOpenRead && !waits)) return {};
    const auto came = [this, access, before]() NO_THREAD_SAFETY_ANALYSIS {
        return access == kOpenRead ? writers_ever_ != before.writers : readers_ever_ != before.readers;
    };
    SpinGuard guard{state_};
    if (!waits) return came() ? Result<void>{} : Result<void>{Errno::NoDeviceOrAddress};
    WaitQueue& queue = access == kOpenRead ? readable_ : writable_;
    return restartable(wait_until(queue, state_, came, Wait::Interruptible));
}

// Without waiting for the other end, which may be gone: only FIFOs do that.
Result<Ref<FileLike>> Pipe::open_again(u32 flags)
{
    const u32 access = flags & kOpenAccessMask;
    add_ends(access == kOpenWrite ? 0 : 1, access == kOpenRead ? 0 : 1);
    return Ref<FileLike>{Ref<Pipe>::share(this)};
}

}  // namespace

Result<PipeEnds> create_pipe(u32 flags)
{
    if ((flags & ~(kOpenNonBlock | kOpenCloseOnExec)) != 0) return Errno::Invalid;
    flags &= kOpenNonBlock;
    const Ref<Pipe> pipe = TRY(Pipe::create(false));
    pipe->add_ends(1, 1);  // File::closed takes each back
    PipeEnds ends;
    ends.reader = TRY(File::create(pipe, Place{}, kOpenRead | flags));
    ends.writer = TRY(File::create(pipe, Place{}, kOpenWrite | flags));
    return ends;
}

Result<Ref<FileLike>> open_fifo(Inode& inode, u32 flags)
{
    const u32 access = flags & kOpenAccessMask;
    const u32 readers = access == kOpenWrite ? 0 : 1;
    const u32 writers = access == kOpenRead ? 0 : 1;
    Openings before;
    Ref<Pipe> pipe = TRY(find_fifo(inode, readers, writers, before));
    const Result<void> met = pipe->wait_for_other_end(flags, before);
    if (met.ok()) return Ref<FileLike>{move(pipe)};
    pipe->drop_ends(readers, writers);  // no File will
    return met.error();
}

}  // namespace faultline
