// Our own calls that look into page tables and frames: 1000 to 1002, 1006, 1007.
#include "core/log.h"
#include "core/scheduler.h"
#include "fs/synthetic.h"
#include "kernel/syscall/table.h"
#include "kernel/task.h"
#include "lib/string.h"
#include "mm/binding.h"
#include "mm/frame.h"
#include "mm/inspect.h"

namespace faultline {

namespace {

Ref<AddressSpace> space_of(Task& self, i32 pid)
{
    if (pid == 0) return self.process().share_space();
    const Ref<Process> process = find_process(static_cast<u32>(pid));
    return process ? process->share_space() : Ref<AddressSpace>{};
}

// ---- dumppagetable ----

void print_entry(void* text, UserPage page, Pte pte)
{
    static_cast<TextBuffer*>(text)->print("%x P %c %c %x\n", page.number(), pte.is_user() ? 'U' : '-',
                                          pte.writable() ? 'W' : '-', pte.frame().number());
}

void log_text(const TextBuffer& text)
{
    char part[256];
    for (u64 offset = 0;;) {
        IoBuffer buffer = IoBuffer::kernel(part, sizeof part);
        const u32 size = text.copy_out(offset, buffer).value_or(0);
        if (size == 0) return;
        kprintf("%.*s", static_cast<int>(size), part);
        offset += size;
    }
}

// ---- page_info, frame_info ----

u32 region_flags(const AddressSpace::RegionView& region)
{
    return (region.sharing == Sharing::Shared ? kPageInfoShared : 0) |
           (region.kind == RegionKind::Heap ? kPageInfoHeap : 0) |
           (region.kind == RegionKind::Stack ? kPageInfoStack : 0);
}

void fill_region(PageInfo& info, const AddressSpace::RegionView& region)
{
    info.region_first = region.first.address().value();
    info.region_end = region.end.address().value();
    info.rights = region.rights.bits();
    info.region_flags = region_flags(region);
    if (region.object && region.object->identity().device != 0) region.object->describe(info.name);
}

u32 frame_flags(const FrameRecord& record)
{
    return (record.dirty_sectors != 0 ? kFrameInfoDirty : 0) |
           ((record.flags & kFrameReferenced) != 0 ? kFrameInfoReferenced : 0) |
           ((record.flags & kFrameBusy) != 0 ? kFrameInfoBusy : 0) |
           ((record.flags & kFrameWriting) != 0 ? kFrameInfoWriting : 0);
}

// ---- Mappers ----

void add_mapper(FrameInfo& info, u32 pid, UserPage page)
{
    if (info.mapper_count < kShownMappers) info.mappers[info.mapper_count] = {pid, page.address().value()};
    info.mapper_count++;
}

u32 pid_of(const AddressSpace& space)
{
    SpinGuard guard{process_lock};
    for (Process& process : all_processes)
        if (process.space_.get() == &space) return process.pid();
    return 0;  // it ends just now
}

void see_mapping(void* info, AddressSpace& space, UserPage page)
{
    if (const u32 pid = pid_of(space)) add_mapper(*static_cast<FrameInfo*>(info), pid, page);
}

struct MapperSearch {
    Frame frame;
    u32 pid;
    FrameInfo* info;
};

void see_entry(void* context, UserPage page, Pte pte)
{
    const MapperSearch& search = *static_cast<MapperSearch*>(context);
    if (pte.frame() == search.frame) add_mapper(*search.info, search.pid, page);
}

Ref<Process> next_process(u32 from)
{
    SpinGuard guard{process_lock};
    for (u32 pid = pids.next_taken(from); pid < kPidLimit; pid = pids.next_taken(pid + 1))
        if (Process* process = find_process_locked(pid)) return Ref<Process>::share(process);
    return nullptr;
}

void walk_all_tables(Frame frame, FrameInfo& info)
{
    info.mapper_count = 0;
    for (u32 from = 1;;) {
        const Ref<Process> process = next_process(from);
        if (!process) return;
        MapperSearch search{frame, process->pid(), &info};
        if (const Ref<AddressSpace> space = process->share_space())
            space->for_each_present(see_entry, &search);
        from = process->pid() + 1;
        give_way();
    }
}

// The reverse map knows, but it leaves out spaces that are locked just now, and pages that mremap moved while they were
// shared. Where it found too few, and for the frame of zeroes, which has no home, all tables are walked.
void find_mappers(Frame frame, FrameHome* home, PageIndex index, FrameInfo& info)
{
    if (home) home->for_each_mapping(frame, index, {see_mapping, &info});
    if (!home || info.mapper_count < mapping_count(frame)) walk_all_tables(frame, info);
}

bool is_mappable(Frame frame)
{
    const FrameUse use = frame_record(frame).use;
    return is_private_memory(frame) || use == FrameUse::Cache || use == FrameUse::Zero;
}

}  // namespace

u32 sys_getpagetableentry(Task& self, i32 pid, UserAddr address)
{
    const Ref<AddressSpace> space = space_of(self, pid);
    return space && address < UserAddr{kUserEnd} ? space->entry(UserPage::containing(address)).raw() : 0;
}

u32 sys_isphysicalpagefree(Task&, u32 frame_number)
{
    return is_frame_free(Frame{frame_number}) ? 1 : 0;
}

// The text is made first: nothing may sleep while other threads' lines are held back.
Result<void> sys_dumppagetable(Task& self, i32 pid)
{
    const Ref<AddressSpace> space = space_of(self, pid);
    if (!space) return Errno::NoProcess;
    TextBuffer text;
    text.print("START PAGE TABLE (pid %u)\n", pid == 0 ? self.process().pid() : static_cast<u32>(pid));
    space->for_each_present(print_entry, &text);
    text.print("END PAGE TABLE\n");
    TRY(text.status());
    LogGroup group;
    log_text(text);
    return {};
}

Result<void> sys_page_info(Task& self, i32 pid, UserAddr address, UserPtr<PageInfo> out)
{
    const Ref<AddressSpace> space = space_of(self, pid);
    if (!space) return Errno::NoProcess;
    const PageView view = space->view_page(UserPage::containing(address));
    PageInfo info{};
    info.pde = view.pde.raw();
    info.pte = view.pte.raw();
    info.backing = static_cast<u32>(view.backing);
    info.offset = view.offset;
    if (view.region) fill_region(info, *view.region);
    return out.write(info);
}

Result<void> sys_frame_info(Task&, u32 frame_number, UserPtr<FrameInfo> out)
{
    if (frame_number >= frame_limit()) return Errno::Invalid;
    const Frame frame{frame_number};
    const FrameRecord& record = frame_record(frame);
    FrameInfo info{};
    info.use = static_cast<u32>(record.use);
    info.owners = frame_owners(frame);
    info.flags = frame_flags(record);
    info.index = record.index.number();
    PageIndex index;
    const Ref<FrameHome> home = home_of(frame, index);
    if (home) {
        if (record.use != FrameUse::Anonymous) info.flags |= kFrameInfoCached;
        info.index = index.number();
        home->describe(info.name);
    }
    if (is_mappable(frame)) find_mappers(frame, home.get(), index, info);
    return out.write(info);
}

}  // namespace faultline
