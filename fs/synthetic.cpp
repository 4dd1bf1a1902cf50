#include "fs/synthetic.h"

#include <stdarg.h>

#include "fs/file.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

// ---- TextBuffer ----

TextBuffer::~TextBuffer()
{
    while (Chunk* chunk = first_) {
        first_ = chunk->next;
        heap_free(chunk);
    }
}

void TextBuffer::append(char c)
{
    if (!status_.ok()) return;
    const u32 at = size_ % kChunk;
    if (at == 0) {
        const Result<void*> memory = heap_allocate(sizeof(Chunk));
        if (!memory.ok()) {
            status_ = memory.error();
            return;
        }
        Chunk* const chunk = static_cast<Chunk*>(memory.value());
        chunk->next = nullptr;
        (last_ ? last_->next : first_) = chunk;
        last_ = chunk;
    }
    last_->bytes[at] = c;
    size_++;
}

void TextBuffer::append(StringView text)
{
    for (const char c : text)
        append(c);
}

void TextBuffer::print(const char* text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    format_to([](void* self, char c) { static_cast<TextBuffer*>(self)->append(c); }, this, text, arguments);
    va_end(arguments);
}

Result<u32> TextBuffer::copy_out(u64 offset, IoBuffer& buffer) const
{
    u32 done = 0;
    u64 chunk_start = 0;
    for (const Chunk* chunk = first_; chunk && buffer.remaining() != 0;
         chunk = chunk->next, chunk_start += kChunk) {
        if (offset + done >= chunk_start + kChunk) continue;
        if (offset + done >= size_) break;
        const u32 in_chunk = static_cast<u32>(offset + done - chunk_start);
        const u32 size =
            min(min(kChunk, static_cast<u32>(size_ - chunk_start)) - in_chunk, buffer.remaining());
        const Result<void> put = buffer.put(chunk->bytes + in_chunk, size);
        if (!put.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{put.error()};
        done += size;
    }
    return done;
}

// ---- Inodes ----

SyntheticInode::SyntheticInode(FileSystem& file_system, u64 number, u32 mode, u32 uid, u32 gid)
    : Inode{file_system, number}
{
    mode_ = mode;
    link_count_ = 1;
    uid_ = uid;
    gid_ = gid;
    accessed_ = modified_ = changed_ = current_file_time();
}

Result<void> SyntheticInode::change_attributes(const AttributeChange& change)
{
    if (change.permissions) mode_ = (mode_ & kModeTypeMask) | change.permissions.value();
    uid_ = change.uid.value_or(uid_);
    gid_ = change.gid.value_or(gid_);
    accessed_ = change.accessed.value_or(accessed_);
    modified_ = change.modified.value_or(modified_);
    changed_ = current_file_time();
    return {};
}

namespace {

constexpr u32 kMaxAccepted = 1024;

// One open of a SyntheticFile: the text as it was then.
class OpenText final : public FileLike {
public:
    explicit OpenText(Ref<SyntheticFile> file) : file_{move(file)} {}

    TextBuffer& text() { return text_; }
    Result<u32> read(File&, u64 offset, IoBuffer& buffer) override { return text_.copy_out(offset, buffer); }
    Result<u32> write(File&, u64, IoBuffer& buffer) override;
    Result<void> sync() override { return {}; }
    bool seekable() const override { return true; }
    u64 size_bytes() const override { return text_.size(); }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<SyntheticFile> file_;
    TextBuffer text_;
};

Result<u32> OpenText::write(File&, u64, IoBuffer& buffer)
{
    char text[kMaxAccepted];
    const u32 size = buffer.remaining();
    if (size > sizeof text) return Errno::Invalid;
    TRY(buffer.get(text, size));
    TRY(file_->accept_text(StringView{text, size}));
    return size;
}

class PlainTextFile final : public SyntheticFile {
public:
    PlainTextFile(FileSystem& file_system, u64 number, MakeText make, AcceptText accept)
        : SyntheticFile{file_system, number, accept ? 0644u : 0444u}, make_{make}, accept_{accept}
    {
    }
    Result<void> write_text(TextBuffer& out) override { return make_(out); }
    Result<void> accept_text(StringView text) override
    {
        return accept_ ? accept_(text) : SyntheticFile::accept_text(text);
    }
    void last_ref_dropped() override { destroy(this); }

private:
    MakeText make_;
    AcceptText accept_;  // or null
};

// One open of a SyntheticRecords.
class OpenRecords final : public FileLike {
public:
    explicit OpenRecords(Ref<SyntheticRecords> file) : file_{move(file)} {}

    Result<u32> read(File&, u64 offset, IoBuffer& buffer) override;
    bool seekable() const override { return true; }
    void last_ref_dropped() override { destroy(this); }

private:
    Ref<SyntheticRecords> file_;
};

Result<u32> OpenRecords::read(File&, u64 offset, IoBuffer& buffer)
{
    constexpr u32 kRecord = sizeof(u64);
    u64 part[64];
    if (offset % kRecord != 0 || buffer.remaining() % kRecord != 0) return Errno::Invalid;
    u32 done = 0;
    while (buffer.remaining() != 0) {
        const u32 wanted = min(buffer.remaining() / kRecord, static_cast<u32>(sizeof part / kRecord));
        const u32 count = TRY(file_->read_records((offset + done) / kRecord, {part, wanted}));
        const Result<void> put = buffer.put(part, count * kRecord);
        if (!put.ok()) return done != 0 ? Result<u32>{done} : Result<u32>{put.error()};
        done += count * kRecord;
        if (count < wanted) break;
    }
    return done;
}

class PlainRecordFile final : public SyntheticRecords {
public:
    PlainRecordFile(FileSystem& file_system, u64 number, u32 mode, ReadRecords read_some)
        : SyntheticRecords{file_system, number, mode}, read_{read_some}
    {
    }
    Result<u32> read_records(u64 first, Span<u64> out) override { return read_(first, out); }
    void last_ref_dropped() override { destroy(this); }

private:
    ReadRecords read_;
};

class PlainLink final : public SyntheticLink {
public:
    PlainLink(FileSystem& file_system, u64 number, const char* target)
        : SyntheticLink{file_system, number}, target_{target}
    {
        size_ = StringView{target}.size();
    }
    Result<u32> read_link(Span<char> target) override { return copy_link_text(target, target_); }
    void last_ref_dropped() override { destroy(this); }

private:
    const char* target_;
};

// Passes entries on with positions two further: those of "." and "..".
struct ShiftedSink : DirectorySink {
    DirectorySink* inner;
};

bool take_shifted(DirectorySink& base, StringView name, u64 inode, u8 type, u64 next_position)
{
    DirectorySink& inner = *static_cast<ShiftedSink&>(base).inner;
    return inner.take(inner, name, inode, type, next_position + 2);
}

}  // namespace

Result<void> SyntheticFile::accept_text(StringView)
{
    return Errno::Perm;
}

Result<Ref<FileLike>> SyntheticFile::open(u32 flags)
{
    const Ref<OpenText> opened = Ref<OpenText>::adopt(TRY(make<OpenText>(Ref<SyntheticFile>::share(this))));
    if ((flags & kOpenAccessMask) != kOpenWrite) {
        TRY(write_text(opened->text()));
        TRY(opened->text().status());
    }
    return Ref<FileLike>{opened};
}

Result<u64> SyntheticDirectory::read_directory(u64 position, DirectorySink& sink)
{
    const u8 type = directory_type_of(kModeDirectory);
    if (position == 0) {
        if (!sink.take(sink, ".", number_, type, 1)) return u64{0};
        position = 1;
    }
    if (position == 1) {
        if (!sink.take(sink, "..", number_, type, 2)) return u64{1};
        position = 2;
    }
    ShiftedSink shifted;
    shifted.take = take_shifted;
    shifted.inner = &sink;
    return TRY(list(position - 2, shifted)) + 2;
}

Result<Ref<FileLike>> SyntheticRecords::open(u32)
{
    const Ref<OpenRecords> opened =
        Ref<OpenRecords>::adopt(TRY(make<OpenRecords>(Ref<SyntheticRecords>::share(this))));
    return Ref<FileLike>{opened};
}

Result<Ref<Inode>> create_text_file(FileSystem& file_system, u64 number, MakeText make_text,
                                    AcceptText accept)
{
    return Ref<Inode>::adopt(TRY(make<PlainTextFile>(file_system, number, make_text, accept)));
}

Result<Ref<Inode>> create_record_file(FileSystem& file_system, u64 number, u32 mode, ReadRecords read)
{
    return Ref<Inode>::adopt(TRY(make<PlainRecordFile>(file_system, number, mode, read)));
}

Result<Ref<Inode>> create_link(FileSystem& file_system, u64 number, const char* target)
{
    return Ref<Inode>::adopt(TRY(make<PlainLink>(file_system, number, target)));
}

u32 copy_link_text(Span<char> to, StringView text)
{
    const usize size = min(to.size(), text.size());
    memcpy(to.data(), text.data(), size);
    return static_cast<u32>(size);
}

}  // namespace faultline
