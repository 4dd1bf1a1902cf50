// The kernel's ext2 on a disk image, on this machine, against a model that is a few maps.
//
//   ext2_host stress IMAGE SEED STEPS   random operations, each compared with the model; unmounts cleanly at the end
//   ext2_host fail IMAGE                one operation after the other with each allocation failing in turn
//   ext2_host walk IMAGE                mounts, reads everything, tries to change something: for damaged images
//   ext2_host threads IMAGE SEED        four threads at work in one directory tree
//   ext2_host append IMAGE SEED         one thread writes a file while three read it
//   ext2_host fill IMAGE                fills the volume to the last block and empties it again
//
// e2fsck's judgement of the image afterwards is the caller's to ask. Exit status 0: all as the model says.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "core/thread.h"
#include "fs/ext2/file_system.h"
#include "fs/mount.h"
#include "fs/namespace.h"
#include "machine.h"

using namespace faultline;

namespace {

std::atomic<u32> step{0};

void check(bool good, const char* text, int line)
{
    if (good) return;
    fprintf(stderr, "ext2_host.cpp:%d: step %u: %s\n", line, step.load(), text);
    abort();
}
#define CHECK(condition) check((condition), #condition, __LINE__)

Credentials root_user;

StringView view(const std::string& text)
{
    return {text.data(), text.size()};
}

struct Volume {
    int descriptor = -1;
    FileDisk* disk = nullptr;
    Place root;
    PathContext context{root, root, root_user};

    bool open(const char* path)
    {
        static u32 count = 0;
        descriptor = ::open(path, O_RDWR);
        struct stat status;
        if (descriptor < 0 || fstat(descriptor, &status) != 0) {
            perror(path);
            exit(2);
        }
        disk = new FileDisk(descriptor, static_cast<u64>(status.st_size), false);
        char name[8];
        snprintf(name, sizeof name, "d%u", count);
        if (!register_block_device(*disk, name, 254, count++).ok()) abort();
        auto place = mount_root("ext2", disk, name, 0);
        if (!place.ok()) {
            printf("mount: errno %u\n", static_cast<u32>(place.error()));
            return false;
        }
        root = place.take();
        return true;
    }
    void close()
    {
        root = Place{};
        shut_down_file_systems();
    }
};

Volume volume;

// ---- The model ----

struct Node {
    char type = 'f';  // f d l
    std::string contents;
    std::map<std::string, std::shared_ptr<Node>> children;
    u32 links = 1;
};
using NodeRef = std::shared_ptr<Node>;

struct Model {
    NodeRef root = std::make_shared<Node>();
    Model() { root->type = 'd'; }

    NodeRef find(const std::string& path)
    {
        NodeRef at = root;
        for (size_t i = 1; i < path.size();) {
            const size_t end = path.find('/', i);
            const std::string name = path.substr(i, end == std::string::npos ? end : end - i);
            const auto found = at->children.find(name);
            if (found == at->children.end()) return nullptr;
            at = found->second;
            if (end == std::string::npos) break;
            i = end + 1;
        }
        return at;
    }
};

std::string parent_of(const std::string& path)
{
    const size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}
std::string name_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}
std::string join(const std::string& directory, const std::string& name)
{
    return directory == "/" ? "/" + name : directory + "/" + name;
}

struct Stress {
    std::mt19937 random;
    Model model;
    std::vector<std::string> directories{"/"};
    struct Open {
        Ref<File> file;
        NodeRef node;
    };
    std::vector<Open> open_files;

    u32 pick(u32 limit) { return static_cast<u32>(random() % limit); }

    std::string some_directory()
    {
        for (;;) {
            const std::string& path = directories[pick(static_cast<u32>(directories.size()))];
            const NodeRef node = model.find(path);
            if (node && node->type == 'd') return path;
        }
    }
    std::string some_name()
    {
        std::string name = "n" + std::to_string(pick(40));
        if (pick(8) == 0) name += std::string(pick(200), 'x');
        return name;
    }
    std::string some_path() { return join(some_directory(), some_name()); }
    std::string existing(char type)
    {
        for (u32 i = 0; i < 30; i++) {
            const std::string directory = some_directory();
            const NodeRef node = model.find(directory);
            if (node->children.empty()) continue;
            auto it = node->children.begin();
            std::advance(it, pick(static_cast<u32>(node->children.size())));
            if (type == 0 || it->second->type == type) return join(directory, it->first);
        }
        return "";
    }
    std::string bytes(u32 size)
    {
        std::string text(size, 0);
        for (char& c : text)
            c = static_cast<char>('a' + random() % 26);
        return text;
    }

    void write_node(File& file, Node& node, u32 offset, const std::string& text)
    {
        IoBuffer buffer = IoBuffer::kernel(const_cast<char*>(text.data()), static_cast<u32>(text.size()));
        const auto done = file.write_at(buffer, offset);
        if (!done.ok() && done.error() == Errno::NoSpace) {
            // What came over is not told: read the file back as the truth.
            Attributes attributes;
            file.attributes(attributes);
            node.contents.resize(static_cast<size_t>(attributes.size));
            reread(file, node);
            return;
        }
        CHECK(done.ok());
        if (node.contents.size() < offset + done.value()) node.contents.resize(offset + done.value());
        node.contents.replace(offset, done.value(), text.substr(0, done.value()));
        if (done.value() != text.size()) CHECK(done.value() < text.size());
    }
    void reread(File& file, Node& node)
    {
        IoBuffer buffer = IoBuffer::kernel(node.contents.data(), static_cast<u32>(node.contents.size()));
        const auto done = file.read_at(buffer, 0);
        CHECK(done.ok() && done.value() == node.contents.size());
    }
    void check_contents(File& file, const Node& node)
    {
        std::string text(node.contents.size() + 10, 0);
        IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
        const auto done = file.read_at(buffer, 0);
        CHECK(done.ok());
        CHECK(done.value() == node.contents.size());
        text.resize(done.value());
        if (text != node.contents) {
            size_t i = 0;
            while (text[i] == node.contents[i])
                i++;
            fprintf(stderr, "differs at %zu of %zu: %02x, expected %02x\n", i, text.size(),
                    static_cast<u8>(text[i]), static_cast<u8>(node.contents[i]));
            CHECK(text == node.contents);
        }
    }

    u32 some_offset(u32 size)
    {
        switch (pick(6)) {
        case 0:
            return pick(size + 1);
        case 1:
            return size;
        case 2:
            return pick(64 * 1024);
        case 3:
            return pick(700 * 1024);  // into the double indirect with 1 KiB blocks
        default:
            return pick(8 * 1024);
        }
    }
    u32 some_size()
    {
        switch (pick(4)) {
        case 0:
            return 1 + pick(20);
        case 1:
            return 4096;
        case 2:
            return 1 + pick(30000);
        default:
            return 1 + pick(5000);
        }
    }

    void create_and_write()
    {
        const std::string path = some_path();
        const NodeRef known = model.find(path);
        if (known && known->type == 'l') return;  // its target would be made
        const u32 flags = kOpenCreate | kOpenReadWrite | (pick(4) == 0 ? kOpenTruncate : 0) |
                          (pick(8) == 0 ? kOpenExclusive : 0);
        auto file = open_file(volume.context, view(path), flags, 0644);
        if (known && (flags & kOpenExclusive)) return CHECK(!file.ok() && file.error() == Errno::Exists);
        if (known && known->type == 'd') return CHECK(!file.ok() && file.error() == Errno::IsDirectory);
        if (!file.ok() && file.error() == Errno::NoSpace) return;
        if (!file.ok()) fprintf(stderr, "%s: errno %u\n", path.c_str(), static_cast<u32>(file.error()));
        CHECK(file.ok());
        NodeRef node = known;
        if (!node) {
            node = std::make_shared<Node>();
            model.find(parent_of(path))->children[name_of(path)] = node;
        }
        if (flags & kOpenTruncate) node->contents.clear();
        write_node(*file.value(), *node, some_offset(static_cast<u32>(node->contents.size())),
                   bytes(some_size()));
        if (pick(3) == 0) check_contents(*file.value(), *node);
        if (pick(6) == 0 && open_files.size() < 8) open_files.push_back({file.value(), node});
    }
    void write_open()
    {
        if (open_files.empty()) return;
        const u32 i = pick(static_cast<u32>(open_files.size()));
        Open& open = open_files[i];
        switch (pick(4)) {
        case 0:
            check_contents(*open.file, *open.node);
            break;
        case 1: {
            const u32 size = some_offset(static_cast<u32>(open.node->contents.size()));
            const auto done = open.file->truncate(size);
            if (!done.ok() && done.error() == Errno::NoSpace) return;
            CHECK(done.ok());
            open.node->contents.resize(size);
            break;
        }
        case 2:
            write_node(*open.file, *open.node, some_offset(static_cast<u32>(open.node->contents.size())),
                       bytes(some_size()));
            break;
        default:
            check_contents(*open.file, *open.node);
            open_files.erase(open_files.begin() + i);
        }
    }
    void read_existing()
    {
        const std::string path = existing('f');
        if (path.empty()) return;
        auto file = open_file(volume.context, view(path), kOpenRead, 0);
        CHECK(file.ok());
        check_contents(*file.value(), *model.find(path));
    }
    void make_dir()
    {
        const std::string path = some_path();
        const auto done = faultline::make_directory(volume.context, view(path), 0755);
        if (model.find(path)) return CHECK(!done.ok() && done.error() == Errno::Exists);
        if (!done.ok() && done.error() == Errno::NoSpace) return;
        CHECK(done.ok());
        const NodeRef node = std::make_shared<Node>();
        node->type = 'd';
        model.find(parent_of(path))->children[name_of(path)] = node;
        directories.push_back(path);
    }
    void remove_one()
    {
        const std::string path = pick(5) == 0 ? some_path() : existing(0);
        if (path.empty()) return;
        const NodeRef node = model.find(path);
        if (!node) {
            CHECK(faultline::remove_file(volume.context, view(path)).error() == Errno::NoEntry);
            return CHECK(faultline::remove_directory(volume.context, view(path)).error() == Errno::NoEntry);
        }
        if (node->type == 'd') {
            CHECK(faultline::remove_file(volume.context, view(path)).error() == Errno::IsDirectory);
            const auto done = faultline::remove_directory(volume.context, view(path));
            if (!node->children.empty()) return CHECK(!done.ok() && done.error() == Errno::NotEmpty);
            CHECK(done.ok());
        } else {
            CHECK(faultline::remove_file(volume.context, view(path)).ok());
            node->links--;
        }
        model.find(parent_of(path))->children.erase(name_of(path));
    }
    bool is_below(const std::string& path, const std::string& top)
    {
        return path == top ||
               (path.size() > top.size() && path.compare(0, top.size(), top) == 0 && path[top.size()] == '/');
    }
    void rename_one()
    {
        const std::string from = existing(0);
        const std::string to = pick(3) == 0 ? existing(0) : some_path();
        if (from.empty() || to.empty()) return;
        const NodeRef node = model.find(from);
        const NodeRef target = model.find(to);
        const auto done = faultline::rename(volume.context, view(from), volume.context, view(to), 0);
        if (!done.ok() && done.error() == Errno::NoSpace) return;
        if (node == target) return CHECK(done.ok());
        if (is_below(to, from)) return CHECK(!done.ok() && done.error() == Errno::Invalid);
        if (target && is_below(from, to)) return CHECK(!done.ok());
        if (target && target->type == 'd' && node->type != 'd')
            return CHECK(!done.ok() && done.error() == Errno::IsDirectory);
        if (target && target->type != 'd' && node->type == 'd')
            return CHECK(!done.ok() && done.error() == Errno::NotDirectory);
        if (target && !target->children.empty()) return CHECK(!done.ok() && done.error() == Errno::NotEmpty);
        CHECK(done.ok());
        if (target) target->links--;
        model.find(parent_of(from))->children.erase(name_of(from));
        model.find(parent_of(to))->children[name_of(to)] = node;
        if (node->type == 'd') {
            directories.push_back(to);
            for (const std::string& path : std::vector<std::string>(directories))
                if (is_below(path, from) && path != from)
                    directories.push_back(to + path.substr(from.size()));
        }
    }
    void link_one()
    {
        const std::string from = existing('f');
        const std::string to = some_path();
        if (from.empty()) return;
        const auto done =
            faultline::make_link(volume.context, view(from), Walk::NoFollow, volume.context, view(to));
        if (model.find(to)) return CHECK(!done.ok() && done.error() == Errno::Exists);
        if (!done.ok() && done.error() == Errno::NoSpace) return;
        CHECK(done.ok());
        const NodeRef node = model.find(from);
        node->links++;
        model.find(parent_of(to))->children[name_of(to)] = node;
    }
    void symlink_one()
    {
        const std::string path = some_path();
        const std::string target = bytes(1 + pick(pick(2) ? 100 : 900));
        const auto done = faultline::make_symbolic_link(view(target), volume.context, view(path));
        if (model.find(path)) return CHECK(!done.ok() && done.error() == Errno::Exists);
        if (!done.ok() && done.error() == Errno::NoSpace) return;
        CHECK(done.ok());
        const NodeRef node = std::make_shared<Node>();
        node->type = 'l';
        node->contents = target;
        model.find(parent_of(path))->children[name_of(path)] = node;
    }

    struct ListSink : DirectorySink {
        std::map<std::string, u8> names;
        u32 room = 0;
    };
    static bool take(DirectorySink& base, StringView name, u64, u8 type, u64)
    {
        ListSink& sink = static_cast<ListSink&>(base);
        if (sink.room-- == 0) return false;
        const bool fresh = sink.names.emplace(std::string(name.data(), name.size()), type).second;
        CHECK(fresh);
        return true;
    }
    void check_directory(const std::string& path)
    {
        const NodeRef node = model.find(path);
        auto file = open_file(volume.context, view(path), kOpenRead | kOpenDirectory, 0);
        CHECK(file.ok());
        ListSink sink;
        sink.take = take;
        for (size_t before = ~size_t{0}; before != sink.names.size();) {
            before = sink.names.size();
            sink.room = 1 + pick(7);
            CHECK(file.value()->for_each_entry(sink).ok());
        }
        sink.names.erase(".");
        sink.names.erase("..");
        if (path == "/") sink.names.erase("lost+found");
        if (sink.names.size() != node->children.size()) {
            for (const auto& [name, type] : sink.names)
                if (!node->children.count(name))
                    fprintf(stderr, "%s has %s too many\n", path.c_str(), name.c_str());
            for (const auto& [name, child] : node->children)
                if (!sink.names.count(name)) fprintf(stderr, "%s lacks %s\n", path.c_str(), name.c_str());
        }
        CHECK(sink.names.size() == node->children.size());
        u32 subdirectories = 0;
        for (const auto& [name, child] : node->children) {
            const auto found = sink.names.find(name);
            CHECK(found != sink.names.end());
            CHECK(found->second == 0 || found->second == (child->type == 'd'   ? 4
                                                          : child->type == 'l' ? 10
                                                                               : 8));
            if (child->type == 'd') subdirectories++;
        }
        Attributes attributes;
        file.value()->attributes(attributes);
        CHECK(attributes.link_count == 2 + subdirectories + (path == "/" ? 1 : 0));
    }
    void check_all(const std::string& path)
    {
        const NodeRef node = model.find(path);
        if (node->type == 'd') {
            check_directory(path);
            for (const auto& [name, child] : node->children)
                check_all(join(path, name));
            return;
        }
        auto place = resolve(volume.context, view(path), Walk::NoFollow);
        CHECK(place.ok());
        Attributes attributes;
        place.value().inode().attributes(attributes);
        CHECK(attributes.size == node->contents.size());
        CHECK(attributes.link_count == node->links);
        if (node->type == 'l') {
            char target[2000];
            const auto length = place.value().inode().read_link(target);
            CHECK(length.ok() && std::string(target, length.value()) == node->contents);
            return;
        }
        auto file = open_file(volume.context, view(path), kOpenRead, 0);
        CHECK(file.ok());
        check_contents(*file.value(), *node);
        char text[4096];
        const auto path_text = path_of(place.value(), volume.root, text);
        CHECK(path_text.ok() && std::string(path_text.value().data(), path_text.value().size()) == path);
    }

    void run(u32 steps)
    {
        for (u32 i = 0; i < steps; i++) {
            step = i;
            switch (pick(24)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
                create_and_write();
                break;
            case 6:
            case 7:
                write_open();
                break;
            case 8:
            case 9:
                read_existing();
                break;
            case 10:
                if (directories.size() < 400) make_dir();
                break;
            case 11:
            case 12:
            case 13:
            case 14:
            case 15:
                remove_one();
                break;
            case 16:
            case 17:
                rename_one();
                break;
            case 18:
                link_one();
                break;
            case 19:
                symlink_one();
                break;
            case 20:
                check_directory(some_directory());
                break;
            case 21:
                if (pick(4) == 0) CHECK(sync_all().ok());
                break;
            case 22:
                evict_clean_pages();
                break;
            default:
                if (pick(4) == 0) name_cache().shrink(pick(50));
                break;
            }
        }
        check_all("/");
        CHECK(sync_all().ok());
        evict_clean_pages();
        name_cache().shrink(~0u);
        check_all("/");
    }
};

// ---- Damaged images ----

u32 walked = 0;

void walk(const std::string& path, u32 depth)
{
    if (walked++ > 3000 || depth > 12) return;
    auto place = resolve(volume.context, view(path), Walk::NoFollow);
    if (!place.ok()) return;
    const u32 type = place.value().inode().mode() & kModeTypeMask;
    char text[4096];
    if (type == kModeSymbolicLink) static_cast<void>(place.value().inode().read_link(text));
    auto file = open_file(volume.context, view(path), kOpenRead | kOpenNoFollow, 0);
    if (!file.ok()) return;
    if (type == kModeRegular) {
        for (u32 i = 0; i < 600; i++) {
            IoBuffer buffer = IoBuffer::kernel(text, sizeof text);
            const auto done = file.value()->read(buffer);
            if (!done.ok() || done.value() == 0) break;
        }
        return;
    }
    if (type != kModeDirectory) return;
    Stress::ListSink sink;
    sink.take = [](DirectorySink& base, StringView name, u64, u8, u64) {
        auto& list = static_cast<Stress::ListSink&>(base);
        list.names.emplace(std::string(name.data(), name.size()), 0);
        return list.names.size() < 500;
    };
    static_cast<void>(file.value()->for_each_entry(sink));
    for (const auto& [name, type_of_entry] : sink.names)
        if (name != "." && name != "..") walk(join(path, name), depth + 1);
}

void abuse()
{
    walk("/", 0);
    static_cast<void>(faultline::make_directory(volume.context, "/made", 0755));
    auto file = open_file(volume.context, "/made/file", kOpenCreate | kOpenReadWrite, 0644);
    if (file.ok()) {
        std::string text(300000, 'q');
        IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
        static_cast<void>(file.value()->write(buffer));
        static_cast<void>(file.value()->truncate(5000));
    }
    static_cast<void>(faultline::rename(volume.context, "/made/file", volume.context, "/other", 0));
    static_cast<void>(faultline::remove_file(volume.context, "/other"));
    static_cast<void>(faultline::remove_file(volume.context, "/big"));
    static_cast<void>(faultline::remove_file(volume.context, "/sub/link"));
    static_cast<void>(faultline::remove_directory(volume.context, "/empty"));
    static_cast<void>(faultline::rename(volume.context, "/sub", volume.context, "/empty/moved", 0));
}

// ---- Allocations that fail ----

void fail_each()
{
    const u32 before = frames_in_use();
    for (u32 n = 1; n < 60; n++) {
        step = n;
        name_cache().shrink(~0u);
        evict_clean_pages();
        const std::string name = "/f" + std::to_string(n);
        fail_allocation(n);
        auto file = open_file(volume.context, view(name), kOpenCreate | kOpenReadWrite, 0644);
        std::string text(20000, 'x');
        IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
        if (file.ok()) {
            const auto done = file.value()->write(buffer);
            CHECK(done.ok() || done.error() == Errno::NoMemory);
        } else {
            CHECK(file.error() == Errno::NoMemory);
        }
        fail_allocation(0);
        fail_allocation(n);
        const auto made = faultline::make_directory(volume.context, view(name + "d"), 0755);
        CHECK(made.ok() || made.error() == Errno::NoMemory);
        fail_allocation(0);
        fail_allocation(n);
        const auto moved = faultline::rename(volume.context, view(name), volume.context,
                                             view(name + "d/with a rather long name as its new one"), 0);
        CHECK(moved.ok() || moved.error() == Errno::NoMemory || moved.error() == Errno::NoEntry);
        fail_allocation(0);
        fail_allocation(n);
        const auto gone =
            faultline::remove_file(volume.context, view(name + "d/with a rather long name as its new one"));
        CHECK(gone.ok() || gone.error() == Errno::NoMemory || gone.error() == Errno::NoEntry);
        fail_allocation(0);
    }
    printf("frames before %u, after %u\n", before, frames_in_use());
}

// ---- Several threads ----

void thread_work(u32 id, u32 seed)
{
    std::mt19937 random{seed * 4 + id};
    const std::string own = "/t" + std::to_string(id);
    CHECK(faultline::make_directory(volume.context, view(own), 0755).ok());
    std::map<std::string, std::string> files;
    for (u32 i = 0; i < 1500; i++) {
        const std::string name = "f" + std::to_string(random() % 20);
        const std::string path = join(random() % 2 ? own : "/", name + "_" + std::to_string(id));
        switch (random() % 6) {
        case 0:
        case 1: {
            auto file =
                open_file(volume.context, view(path), kOpenCreate | kOpenReadWrite | kOpenTruncate, 0644);
            CHECK(file.ok());
            std::string text(1 + random() % 60000, static_cast<char>('a' + random() % 26));
            IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
            const auto done = file.value()->write(buffer);
            CHECK(done.ok() && done.value() == text.size());
            files[path] = text;
            break;
        }
        case 2: {
            // As if reclaim held the last count now and then.
            current_thread().reclaim_depth = random() % 4 == 0;
            const auto done = faultline::remove_file(volume.context, view(path));
            current_thread().reclaim_depth = 0;
            CHECK(done.ok() == (files.count(path) != 0));
            files.erase(path);
            break;
        }
        case 3: {
            const std::string to =
                join(random() % 2 ? own : "/", "g" + std::to_string(random() % 5) + "_" + std::to_string(id));
            const auto done = faultline::rename(volume.context, view(path), volume.context, view(to), 0);
            CHECK(done.ok() == (files.count(path) != 0));
            if (!done.ok() || to == path) break;
            files[to] = files[path];
            files.erase(path);
            break;
        }
        case 4: {
            auto file = open_file(volume.context, view(path), kOpenRead, 0);
            CHECK(file.ok() == (files.count(path) != 0));
            if (!file.ok()) break;
            std::string text(files[path].size() + 1, 0);
            IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
            const auto done = file.value()->read(buffer);
            CHECK(done.ok());
            text.resize(done.value());
            if (text != files[path]) {
                size_t at = 0;
                while (at < text.size() && at < files[path].size() && text[at] == files[path][at])
                    at++;
                fprintf(stderr, "%s: %zu of %zu bytes, differs at %zu: %02x %02x, last %02x\n", path.c_str(),
                        text.size(), files[path].size(), at, static_cast<u8>(text[at]),
                        static_cast<u8>(files[path][at]), static_cast<u8>(text.back()));
            }
            CHECK(text == files[path]);
            break;
        }
        default:
            if (random() % 8 == 0) CHECK(sync_all().ok());
            current_thread().reclaim_depth = 1;
            if (random() % 8 == 0) name_cache().shrink(static_cast<u32>(random() % 30));
            current_thread().reclaim_depth = 0;
        }
    }
}

// One thread appends to a file and overwrites pages of it, cached or not, while others read it: nobody may undo a write.
void read_while_writing(u32 seed)
{
    std::mt19937 random{seed};
    std::string model;
    std::atomic<bool> done{false};
    auto file = open_file(volume.context, "/log", kOpenCreate | kOpenReadWrite, 0644);
    CHECK(file.ok());
    const auto read = [&](u32 id) {
        std::mt19937 mine{seed * 10 + id};
        auto opened = open_file(volume.context, "/log", kOpenRead, 0);
        CHECK(opened.ok());
        std::string text(20000, 0);
        while (!done.load()) {
            const u32 size = static_cast<u32>(opened.value()->like().size_bytes());
            IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
            const auto moved = opened.value()->read_at(
                buffer, size == 0 || mine() % 2 ? size - min(size, 10000u) : mine() % size);
            CHECK(moved.ok());
            for (u32 i = 0; i < moved.value(); i++)
                CHECK(text[i] != 0);
        }
    };
    std::vector<std::thread> readers;
    for (u32 i = 0; i < 3; i++)
        readers.emplace_back(read, i);
    for (step = 0; step < 3000; step++) {
        const bool appends = model.size() < 400000 || random() % 8 == 0;
        std::string text(random() % 3 != 0 ? 4096 : 1 + random() % 9000,
                         static_cast<char>('a' + random() % 26));
        const u32 offset =
            static_cast<u32>(appends ? model.size() : random() % (model.size() - 9000) / 4096 * 4096);
        IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
        const auto moved = file.value()->write_at(buffer, offset);
        CHECK(moved.ok() && moved.value() == text.size());
        if (model.size() < offset + text.size()) model.resize(offset + text.size());
        model.replace(offset, text.size(), text);
        if (random() % 20 == 0) CHECK(sync_all().ok());
        if (random() % 20 == 0) evict_clean_pages();
    }
    done = true;
    for (std::thread& reader : readers)
        reader.join();
    CHECK(sync_all().ok());
    for (u32 round = 0; round < 2; round++, evict_clean_pages()) {
        std::string text(model.size() + 1, 0);
        IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
        const auto moved = file.value()->read_at(buffer, 0);
        CHECK(moved.ok() && moved.value() == model.size());
        text.resize(model.size());
        CHECK(text == model);
    }
}

void fill()
{
    std::vector<std::string> names;
    std::string text(100000, 'f');
    bool full = false;
    for (u32 i = 0; !full; i++) {
        step = i;
        const std::string name = "/fill" + std::to_string(i);
        auto file = open_file(volume.context, view(name), kOpenCreate | kOpenReadWrite, 0644);
        if (!file.ok()) {
            CHECK(file.error() == Errno::NoSpace);
            break;
        }
        names.push_back(name);
        for (u32 k = 0; k < 50 && !full; k++) {
            IoBuffer buffer = IoBuffer::kernel(text.data(), static_cast<u32>(text.size()));
            const auto done = file.value()->write(buffer);
            if (!done.ok()) CHECK(done.error() == Errno::NoSpace);
            full = !done.ok();
        }
    }
    printf("full after %zu files, %llu blocks free\n", names.size(),
           static_cast<unsigned long long>(volume.root.mount->file_system().usage().free_blocks));
    CHECK(faultline::make_directory(volume.context, "/nodir", 0755).error() == Errno::NoSpace || true);
    CHECK(sync_all().ok());
    for (const std::string& name : names)
        CHECK(faultline::remove_file(volume.context, view(name)).ok());
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    const std::string mode = argv[1];
    const u32 seed = argc > 3 ? static_cast<u32>(atoi(argv[3])) : 1;
    quiet_log = mode == "walk" && argc > 3;
    ext2::register_ext2();
    if (!volume.open(argv[2])) return mode == "walk" ? 0 : 1;
    if (mode == "stress") {
        Stress stress;
        stress.random.seed(seed);
        stress.run(static_cast<u32>(argc > 4 ? atoi(argv[4]) : 10000));
        if (seed % 2 == 0)
            stress.open_files.clear();  // else they are open at the end: unlinked ones must be freed
        volume.close();
    } else if (mode == "walk") {
        abuse();
        volume.close();
    } else if (mode == "fail") {
        fail_each();
        volume.close();
    } else if (mode == "append") {
        slow_copies = true;
        read_while_writing(seed);
        volume.close();
    } else if (mode == "fill") {
        fill();
        volume.close();
    } else if (mode == "threads") {
        std::vector<std::thread> threads;
        std::atomic<bool> done{false};
        std::thread writer{[&] {
            while (!done.load()) {
                store_dirty_inodes_of_all();
                usleep(500);
            }
        }};
        for (u32 i = 0; i < 4; i++)
            threads.emplace_back(thread_work, i, seed);
        for (std::thread& thread : threads)
            thread.join();
        done = true;
        writer.join();
        volume.close();
    }
    printf("%u requests, %llu sectors written\n", volume.disk->requests,
           static_cast<unsigned long long>(volume.disk->sectors_written));
    fflush(stdout);
    _exit(0);
}
