#include "fs/terminals.h"

#include "dev/pty.h"
#include "fs/devices.h"
#include "fs/devpts.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "mm/heap.h"

namespace faultline {

namespace {

constexpr u32 kAuxMajor = 5;  // tty 5:0, console 5:1, ptmx 5:2
constexpr u32 kOwnMinor = 0, kConsoleMinor = 1, kMasterMinor = 2;

u32 poll_bits(bool readable, bool writable)
{
    return (readable ? kPollIn | kPollReadNormal : 0) | (writable ? kPollOut | kPollWriteNormal : 0);
}

IoMode mode_of(const File& file)
{
    return file.nonblocking() ? IoMode::NonBlocking : IoMode::Blocking;
}

// ---- A terminal that was opened ----

class TtyDevice final : public FileLike {
public:
    explicit TtyDevice(Ref<Tty> tty) : tty_{move(tty)} {}
    // Made first and opened then: what has no memory was never open.
    static Result<Ref<FileLike>> create(Ref<Tty> tty, u32 flags, bool is_console);

    Result<u32> read(File& file, u64, IoBuffer& buffer) override { return tty_->read(buffer, use(file)); }
    Result<u32> write(File& file, u64, IoBuffer& buffer) override { return tty_->write(buffer, use(file)); }
    Result<u32> ioctl(File& file, u32 request, UserAddr argument) override
    {
        return tty_->ioctl(request, argument, use(file));
    }
    u32 poll(File& file, PollTable* table) override;
    void last_ref_dropped() override;

private:
    TtyUse use(const File& file) const { return {open_, mode_of(file), current_tty_caller()}; }

    Ref<Tty> tty_;
    TtyOpen open_;
    bool is_open_ = false;
};

Result<Ref<FileLike>> TtyDevice::create(Ref<Tty> tty, u32 flags, bool is_console)
{
    TtyDevice* const device = TRY(make<TtyDevice>(move(tty)));
    Ref<FileLike> file = Ref<FileLike>::adopt(device);
    device->open_ = TRY(device->tty_->open(current_tty_caller()));
    device->is_open_ = true;
    device->open_.is_console = is_console;
    device->open_.readable = (flags & kOpenAccessMask) != kOpenWrite;
    return file;
}

void TtyDevice::last_ref_dropped()
{
    if (is_open_) tty_->close();
    destroy(this);
}

u32 TtyDevice::poll(File&, PollTable* table)
{
    SpinGuard guard{tty_->lock()};
    if (table) {
        table->watch(tty_->readable(), tty_->lock());
        table->watch(tty_->writable(), tty_->lock());
    }
    if (tty_->is_hung_up_locked(open_)) return poll_bits(true, true) | kPollError | kPollHangUp;
    const u32 events = tty_->poll_locked();
    return poll_bits(events & kPollIn, events & kPollOut);
}

// To whoever may only write it does not become the terminal that he could read from as /dev/tty.
Result<Ref<FileLike>> open_terminal(Ref<Tty> tty, u32 flags, bool is_console)
{
    Ref<FileLike> file = TRY(TtyDevice::create(tty, flags, is_console));
    const bool readable = (flags & kOpenAccessMask) != kOpenWrite;
    if ((flags & kOpenNoTerminal) == 0 && readable) tty->opened_as_controlling(current_tty_caller());
    return file;
}

Result<Ref<FileLike>> open_tty(void* context, u32 flags)
{
    return open_terminal(Ref<Tty>::share(static_cast<Tty*>(context)), flags, false);
}

Result<Ref<FileLike>> open_console(void* context, u32 flags)
{
    return open_terminal(Ref<Tty>::share(static_cast<Tty*>(context)), flags, true);
}

// /dev/tty is whatever terminal controls the caller.
Result<Ref<FileLike>> open_own_tty(void*, u32 flags)
{
    Ref<Tty> tty = find_controlling_tty(current_tty_caller().session);
    if (!tty) return Errno::NoDeviceOrAddress;
    return TtyDevice::create(move(tty), flags, false);
}

// ---- A pseudo-terminal's master ----

class PtyMaster final : public FileLike {
public:
    // Takes over the master's count of the pair.
    explicit PtyMaster(Pty& pty) : pty_{pty} {}

    Result<u32> read(File& file, u64, IoBuffer& buffer) override { return pty_.read(buffer, mode_of(file)); }
    Result<u32> write(File& file, u64, IoBuffer& buffer) override
    {
        return pty_.write(buffer, mode_of(file));
    }
    Result<u32> ioctl(File& file, u32 request, UserAddr argument) override;
    u32 poll(File& file, PollTable* table) override;
    void last_ref_dropped() override;
    u32 number() const { return pty_.number(); }

private:
    Pty& pty_;
};

Result<u32> PtyMaster::ioctl(File& file, u32 request, UserAddr argument)
{
    TtyOpen never_hung_up;
    never_hung_up.is_console = true;
    never_hung_up.readable = file.readable();
    return pty_.ioctl(request, argument, {never_hung_up, mode_of(file), current_tty_caller(), true});
}

u32 PtyMaster::poll(File&, PollTable* table)
{
    SpinGuard guard{pty_.lock()};
    if (table) {
        table->watch(pty_.master_readable(), pty_.lock());
        table->watch(pty_.master_writable(), pty_.lock());
    }
    const Pty::Events events = pty_.poll_locked();
    return poll_bits(events.readable, events.writable) | (events.has_status ? kPollPriority : 0) |
           (events.hung_up ? kPollHangUp : 0);
}

void PtyMaster::last_ref_dropped()
{
    remove_pty_node(pty_.number());
    pty_.close_master();
    destroy(this);
}

Result<Ref<FileLike>> open_master(void*, u32)
{
    Pty* const pty = TRY(Pty::create());
    const auto master = make<PtyMaster>(*pty);
    if (!master.ok()) {
        pty->close_master();
        return master.error();
    }
    Ref<FileLike> file = Ref<FileLike>::adopt(master.value());
    const TtyCaller caller = current_tty_caller();
    TRY(add_pty_node(pty->number(), caller.uid, caller.gid));
    return file;
}

}  // namespace

Result<Ref<FileLike>> open_pty_slave(DeviceNumber number, u32 flags)
{
    Ref<Tty> tty = Pty::find_slave((number.major() - kPtyFirstMajor) * 256 + number.minor());
    if (!tty) return Errno::Io;
    return open_terminal(move(tty), flags, false);
}

Optional<u32> pty_number_of(const File& file)
{
    const Inode* const inode = file.find_inode();
    const bool is_master = inode && (inode->mode() & kModeTypeMask) == kModeCharacterDevice &&
                           inode->special_device() == DeviceNumber{kAuxMajor, kMasterMinor} &&
                           !file.is_path_only();
    if (!is_master) return {};
    return static_cast<const PtyMaster&>(file.like()).number();  // nothing else opens that device
}

Result<void> register_terminals()
{
    constexpr DeviceKind kCharacter = DeviceKind::Character;
    TRY(register_device(
        {"tty", kCharacter, DeviceNumber{kAuxMajor, kOwnMinor}, 0666, open_own_tty, nullptr}));
    TRY(register_device(
        {"ptmx", kCharacter, DeviceNumber{kAuxMajor, kMasterMinor}, 0666, open_master, nullptr}));
    for (u32 i = 0; i < tty_count(); i++) {
        const TtyName tty = tty_at(i);
        const bool is_console = tty.major == kAuxMajor && tty.minor == kConsoleMinor;
        TRY(register_device({tty.name, kCharacter, DeviceNumber{tty.major, tty.minor}, 0600,
                             is_console ? open_console : open_tty, tty.tty}));
    }
    return {};
}

}  // namespace faultline
