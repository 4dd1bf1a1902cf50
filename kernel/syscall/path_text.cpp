#include "kernel/syscall/path_text.h"

#include "mm/heap.h"

namespace faultline {

PathText::~PathText()
{
    heap_free(long_);
}

Result<StringView> PathText::read(UserString path)
{
    auto length = copy_string_from_user(short_, path.address());
    if (length.ok()) return StringView{short_, length.value()};
    if (length.error() != Errno::NameTooLong) return length.error();
    long_ = static_cast<char*>(TRY(heap_allocate(kMaxPath)));
    return StringView{long_, TRY(copy_string_from_user({long_, kMaxPath}, path.address()))};
}

Result<void> Name::find_start(Descriptor directory)
{
    file_ = TRY(process_.files->find(directory.number));
    const bool has_place = static_cast<bool>(file_->place());
    if (path_.empty() && has_place) return {};  // AT_EMPTY_PATH: any file will do
    if (path_.empty() || (has_place && file_->place().inode().is_directory())) return {};
    return Errno::NotDirectory;
}

Result<void> Name::read(Descriptor directory, UserString path)
{
    path_ = TRY(text_.read(path));
    places_ = process_.share_places();
    const bool absolute = !path_.empty() && path_[0] == '/';
    return absolute || directory.number == kCurrentDirectory ? Result<void>{} : find_start(directory);
}

Result<void> Name::read_within(Descriptor directory, UserString path)
{
    path_ = TRY(text_.read(path));
    places_ = process_.share_places();
    return directory.number == kCurrentDirectory ? Result<void>{} : find_start(directory);
}

}  // namespace faultline
