#include "fs/path.h"

#include "fs/file.h"
#include "fs/with_reclaim.h"
#include "lib/string.h"
#include "mm/heap.h"

namespace faultline {

namespace {

// A piece of memory that holds one path, given back at its end.
class PathBuffer {
public:
    PathBuffer() = default;
    ~PathBuffer() { heap_free(data_); }
    PathBuffer(const PathBuffer&) = delete;
    PathBuffer& operator=(const PathBuffer&) = delete;
    Result<char*> data()
    {
        if (!data_) data_ = static_cast<char*>(TRY(with_reclaim([] { return heap_allocate(kMaxPath); })));
        return data_;
    }

private:
    char* data_ = nullptr;
};

// One walk: where it stands, what is left of the path, how many links it followed.
class Walker {
public:
    Walker(const PathContext& context, StringView path)
        : context_{context}, left_{path}, place_{path.size() > 0 && path[0] == '/' ? context.root
                                                                                   : context.start}
    {
    }

    Result<void> run(Walk walk);
    Result<void> run_to_last(HashedName& last, bool& slash_behind);
    Place& place() { return place_; }

private:
    Result<void> take_component(const HashedName& name, bool follow);
    Result<void> step_down(const HashedName& name, bool follow);
    Result<void> follow_link(Ref<Entry> link);
    Result<void> follow_magic(Place target);
    Result<void> step_up();
    Result<void> climb_onto_mounts();
    bool is_restricted(u32 how) const { return (context_.restrictions & how) != 0; }
    void skip_slashes()
    {
        while (!left_.empty() && left_[0] == '/')
            left_ = {left_.data() + 1, left_.size() - 1};
    }

    const PathContext& context_;
    StringView left_;
    Place place_;
    u32 links_followed_ = 0;
    PathBuffer buffers_[2];  // the path after a link was put in its place; the two take turns
    u32 current_buffer_ = 0;
};

Result<void> Walker::climb_onto_mounts()
{
    while (place_.entry->is_mount_point()) {
        Ref<Mount> mount = find_mount_on(*place_.mount, *place_.entry);
        if (!mount) return {};
        if (is_restricted(kResolveNoMounts)) return Errno::CrossDevice;
        place_.entry = Ref<Entry>::share(&mount->root());
        place_.mount = move(mount);
    }
    return {};
}

Result<void> Walker::step_up()
{
    if (is_restricted(kResolveBeneath) && place_ == context_.start) return Errno::CrossDevice;
    if (place_ == context_.root) return {};
    while (place_.entry.get() == &place_.mount->root()) {
        Place below = covered_place(*place_.mount);
        if (!below) return climb_onto_mounts();
        if (is_restricted(kResolveNoMounts)) return Errno::CrossDevice;
        place_ = move(below);
        if (place_ == context_.root) return {};
    }
    place_.entry = name_cache().parent_of(*place_.entry);
    return climb_onto_mounts();
}

// A link of /proc leads to a place, whatever its name.
Result<void> Walker::follow_magic(Place target)
{
    if (is_restricted(kResolveNoMagicLinks)) return Errno::Loop;
    if (is_restricted(kResolveBeneath | kResolveInRoot)) return Errno::CrossDevice;
    if (!target.mount) target.mount = place_.mount;
    if (is_restricted(kResolveNoMounts) && target.mount.get() != place_.mount.get())
        return Errno::CrossDevice;
    place_ = move(target);
    return {};
}

// What is left becomes the link's target, a slash, and what was left.
Result<void> Walker::follow_link(Ref<Entry> link)
{
    if (++links_followed_ > kMaxLinksFollowed || is_restricted(kResolveNoLinks)) return Errno::Loop;
    Place target;
    if (TRY(link->inode().link_place(target))) return follow_magic(move(target));
    current_buffer_ ^= 1;
    char* const buffer = TRY(buffers_[current_buffer_].data());
    const u32 length = TRY(link->inode().read_link(Span<char>{buffer, kMaxPath}));
    if (length == 0) return Errno::NoEntry;
    if (length + 1 + left_.size() >= kMaxPath) return Errno::NameTooLong;
    usize size = length;
    if (!left_.empty()) {
        buffer[size++] = '/';
        memcpy(buffer + size, left_.data(), left_.size());
        size += left_.size();
    }
    left_ = {buffer, size};
    if (buffer[0] != '/') return {};
    if (is_restricted(kResolveBeneath)) return Errno::CrossDevice;
    place_ = context_.root;
    return {};
}

Result<void> Walker::step_down(const HashedName& name, bool follow)
{
    Ref<Entry> next = name_cache().find(*place_.entry, name);
    if (!next) next = TRY(name_cache().lookup(*place_.entry, name));
    const Inode* const inode = next->find_inode();
    if (!inode) return Errno::NoEntry;
    if (follow && inode->is_symbolic_link()) return follow_link(move(next));
    place_.entry = move(next);
    return place_.entry->is_mount_point() ? climb_onto_mounts() : Result<void>{};
}

Result<void> Walker::take_component(const HashedName& name, bool follow)
{
    const Inode& directory = place_.inode();
    if (!directory.is_directory()) return Errno::NotDirectory;
    if (!directory.everyone_may_search())
        TRY(directory.check_permission(context_.credentials, Permission::Execute));
    if (name.text[0] == '.') {
        if (name.text.size() == 1) return {};
        if (name.text.size() == 2 && name.text[1] == '.') return step_up();
    }
    if (name.text.size() > kMaxName) return Errno::NameTooLong;
    return step_down(name, follow);
}

Result<void> Walker::run(Walk walk)
{
    skip_slashes();
    while (!left_.empty()) {
        const HashedName name = first_component(left_);
        left_ = {left_.data() + name.text.size(), left_.size() - name.text.size()};
        const bool slash_behind = !left_.empty();
        if (slash_behind) skip_slashes();
        const bool is_last = left_.empty();
        if (is_last && slash_behind) walk = Walk::Directory;  // "a/" follows a link and must be a directory
        TRY(take_component(name, !is_last || !has(walk, Walk::NoFollow)));
        skip_slashes();  // a link may have put a path in front
    }
    if (has(walk, Walk::Directory) && !place_.inode().is_directory()) return Errno::NotDirectory;
    return {};
}

// The same up to the last component, which is left alone: it may not exist. Empty for "/".
Result<void> Walker::run_to_last(HashedName& last, bool& slash_behind)
{
    skip_slashes();
    while (!left_.empty()) {
        const HashedName name = first_component(left_);
        left_ = {left_.data() + name.text.size(), left_.size() - name.text.size()};
        slash_behind = !left_.empty();
        if (slash_behind) skip_slashes();
        if (left_.empty()) {
            last = name;
            return {};
        }
        TRY(take_component(name, true));
        skip_slashes();
    }
    return {};
}

usize trailing_slashes(StringView path)
{
    usize count = 0;
    while (count < path.size() && path[path.size() - 1 - count] == '/')
        count++;
    return count;
}

ParentAndName::Kind kind_of(StringView name)
{
    using Kind = ParentAndName::Kind;
    if (name.empty()) return Kind::Root;
    if (name[0] != '.' || name.size() > 2) return Kind::Normal;
    if (name.size() == 1) return Kind::Dot;
    return name[1] == '.' ? Kind::DotDot : Kind::Normal;
}

}  // namespace

Result<Place> resolve(const PathContext& context, StringView path, Walk walk)
{
    if (path.empty()) {
        if (!has(walk, Walk::EmptyIsStart)) return Errno::NoEntry;
        if (!context.start) return Errno::Invalid;  // a pipe's end
        return context.start;
    }
    if (path.size() >= kMaxPath) return Errno::NameTooLong;
    if ((context.restrictions & kResolveBeneath) != 0 && path[0] == '/') return Errno::CrossDevice;
    Walker walker{context, path};
    TRY(walker.run(walk));
    return move(walker.place());
}

Result<ParentAndName> resolve_parent(const PathContext& context, StringView path)
{
    if (path.empty()) return Errno::NoEntry;
    if (path.size() >= kMaxPath) return Errno::NameTooLong;
    if ((context.restrictions & kResolveBeneath) != 0 && path[0] == '/') return Errno::CrossDevice;
    Walker walker{context, path};
    ParentAndName result{};
    HashedName last;
    TRY(walker.run_to_last(last, result.trailing_slash));
    if (!walker.place().inode().is_directory()) return Errno::NotDirectory;
    result.directory = move(walker.place());
    // A link on the way may have moved the rest of the path elsewhere; its end is the end of what was given.
    const usize behind = result.trailing_slash ? trailing_slashes(path) : 0;
    result.name = {path.data() + path.size() - behind - last.text.size(), last.text.size()};
    result.hash = last.hash;
    result.kind = kind_of(result.name);
    if (result.name.size() > kMaxName) return Errno::NameTooLong;
    return result;
}

Result<StringView> path_of(const Place& place, const Place& root, Span<char> buffer)
{
    char* const end = buffer.data() + buffer.size();
    char* start = end;
    const auto put_front = [&](StringView text) {
        if (static_cast<usize>(start - buffer.data()) < text.size()) return false;
        start -= text.size();
        memcpy(start, text.data(), text.size());
        return true;
    };
    if (place.entry->is_removed() && !put_front(" (deleted)")) return Errno::Range;
    char* const tail = start;

    Place at = place;
    for (;;) {
        const bool may_end = at.mount.get() == root.mount.get();
        const PathStops stops{&at.mount->root(), may_end ? root.entry.get() : nullptr};
        Ref<Entry> reached;
        start = TRY(name_cache().write_path(*at.entry, stops, buffer.data(), start, reached));
        if (may_end && reached.get() == root.entry.get()) break;
        Place covered = covered_place(*at.mount);
        if (!covered) {
            if (!at.mount->is_nowhere() && !put_front("(unreachable)")) return Errno::Range;
            return StringView{start, static_cast<usize>(end - start)};
        }
        at = move(covered);
    }
    if (start == tail && !put_front("/")) return Errno::Range;
    return StringView{start, static_cast<usize>(end - start)};
}

void path_of_inode(const Inode& inode, Span<char> path)
{
    path[0] = 0;
    const Ref<Entry> entry = name_cache().entry_of(inode);
    if (!entry) return;
    const Place place = place_of_entry(*entry);
    const Place root = root_place();
    if (!place || !root) return;
    const Result<StringView> text = path_of(place, root, Span<char>{path.data(), path.size() - 1});
    if (!text.ok()) return;
    memmove(path.data(), text.value().data(), text.value().size());
    path[text.value().size()] = 0;
}

}  // namespace faultline
