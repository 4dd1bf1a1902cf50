#include "kernel/program_stack.h"

#include "core/random.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/user_access.h"

namespace faultline {

namespace {

constexpr u32 kLongestString = 128 * kKiB;  // MAX_ARG_STRLEN
constexpr u32 kAlignment = 16;

struct Extras {
    u8 random[16];
    char platform[8];
};

}  // namespace

Result<void> ProgramStack::check_size() const
{
    return strings_.size() + words_.size() > most_bytes_ ? Result<void>{Errno::TooBig} : Result<void>{};
}

Result<void> ProgramStack::begin_string()
{
    if (words_.size() == 0) TRY(words_.append_word(0));  // argc
    counts_[list_]++;
    return words_.append_word(strings_.size());
}

Result<void> ProgramStack::add(StringView text)
{
    TRY(begin_string());
    TRY(strings_.append(text.data(), static_cast<u32>(text.size())));
    TRY(strings_.append("", 1));
    return check_size();
}

Result<void> ProgramStack::add_from_user(UserAddr text)
{
    TRY(begin_string());
    const u32 start = strings_.size();
    for (;;) {
        const Span<u8> room = TRY(strings_.room());
        const u32 size = static_cast<u32>(room.size());
        auto length = copy_string_from_user({reinterpret_cast<char*>(room.data()), size}, text);
        if (length.ok()) {
            strings_.took(length.value() + 1);
            return check_size();
        }
        if (length.error() != Errno::NameTooLong) return length.error();
        strings_.took(size);  // it is full, and the string goes on
        text = text + size;
        TRY(check_size());
        if (strings_.size() - start > kLongestString) return Errno::TooBig;
    }
}

Result<void> ProgramStack::end_list()
{
    if (words_.size() == 0) TRY(words_.append_word(0));
    list_ends_[list_++] = strings_.size();
    return words_.append_word(0);
}

Result<void> ProgramStack::set_path(StringView path)
{
    path_offset_ = strings_.size();
    TRY(strings_.append(path.data(), static_cast<u32>(path.size())));
    TRY(strings_.append("", 1));
    return check_size();
}

// Offsets become addresses; the words between the lists stay 0.
void ProgramStack::place_pointers(u32 strings_start)
{
    u32 index = 0;
    const u32 first_gap = 1 + counts_[0], second_gap = first_gap + 1 + counts_[1];
    for (ByteChain::Block* block = words_.first(); block && index < second_gap; block = block->next) {
        auto* words = reinterpret_cast<u32*>(block->bytes);
        for (u32 i = 0; i < block->used / 4 && index < second_gap; i++, index++)
            if (index != first_gap) words[i] += strings_start;
    }
    *reinterpret_cast<u32*>(words_.first()->bytes) = counts_[0];
}

Result<void> ProgramStack::write_chain(AddressSpace& space, UserAddr to, const ByteChain& chain, u32 size)
{
    for (ByteChain::Block* block = chain.first(); block && size > 0; block = block->next) {
        const u32 part = min(block->used, size);
        TRY(space.write_memory(to, block->bytes, part));
        to = to + part;
        size -= part;
    }
    return {};
}

Result<ProgramStack::Start> ProgramStack::build(AddressSpace& space, Span<const u32> auxiliary)
{
    const u32 top = space.stack_top().value();
    const u32 strings_start = top - 4 - strings_.size();
    const u32 extras_start = round_down(strings_start - static_cast<u32>(sizeof(Extras)), kAlignment);
    const u32 own[] = {kAuxRandom,   extras_start,
                       kAuxFileName, strings_start + path_offset_,
                       kAuxPlatform, extras_start + static_cast<u32>(offsetof(Extras, platform)),
                       kAuxNull,     0};
    TRY(words_.append(auxiliary.data(), static_cast<u32>(auxiliary.size() * sizeof(u32))));
    TRY(words_.append(own, sizeof own));
    const u32 esp = round_down(extras_start - words_.size(), kAlignment);
    place_pointers(strings_start);

    Extras extras{{}, "i686"};
    random_bytes(extras.random);
    TRY(space.need_stack((top - round_down(esp, kPageSize)) / kPageSize));
    TRY(write_chain(space, UserAddr{esp}, words_, words_.size()));
    TRY(space.write_memory(UserAddr{extras_start}, &extras, sizeof extras));
    TRY(write_chain(space, UserAddr{strings_start}, strings_, strings_.size()));
    return Start{UserAddr{esp}, UserAddr{strings_start}, UserAddr{strings_start + list_ends_[0]},
                 UserAddr{strings_start + list_ends_[1]}};
}

Result<ProgramStack::Start> ProgramStack::build_xv6(AddressSpace& space)
{
    const u32 count = counts_[0];
    const u32 top = space.stack_top().value();
    const u32 strings_size = list_ends_[0];
    const u32 words = 3 + count + 1;  // return address, argc, argv; then the array that argv points to
    const u32 strings_start = top - round_up(strings_size, 4u);
    const u32 esp = strings_start - words * 4;
    if (strings_size + words * 4 > kPageSize) return Errno::TooBig;
    TRY(space.need_stack(1));
    place_pointers(strings_start);
    const u32 frame[] = {0xffffffff, count, esp + 12};
    TRY(space.write_memory(UserAddr{esp}, frame, sizeof frame));
    const ByteChain::Block& lists =
        *words_.first();  // argc, the arguments, 0: within a page, so within a block
    TRY(space.write_memory(UserAddr{esp + 12}, lists.bytes + 4, (count + 1) * 4));
    TRY(write_chain(space, UserAddr{strings_start}, strings_, strings_size));
    return Start{UserAddr{esp}, UserAddr{strings_start}, UserAddr{strings_start + strings_size},
                 UserAddr{strings_start + strings_size}};
}

}  // namespace faultline
