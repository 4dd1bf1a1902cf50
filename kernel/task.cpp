#include "kernel/task.h"

#include "kernel/syscall/table.h"
#include "lib/format.h"
#include "mm/heap.h"

namespace faultline {

Task::Task(Process& process) : PidEntry{PidKind::Task}, process_{Ref<Process>::share(&process)} {}

Result<Task*> Task::create(Process& process)
{
    const KernelStack stack = TRY(allocate_kernel_stack());
    auto memory = heap_allocate(sizeof(Task));
    if (!memory.ok()) {
        free_kernel_stack(stack);
        return memory.error();
    }
    Task* task = new (memory.value()) Task(process);
    task->stack_ = stack;
    task->stack_low = stack.low;
    task->stack_high = stack.high;
    task->owner = task;
    task->fpu = &task->fpu_state;
    task->space = process.space_ ? &process.space().loaded() : nullptr;
    task->gone = on_gone;
    task->set_name(process.name());
    return task;
}

void Task::discard(Task* task)
{
    free_kernel_stack(task->stack_);
    task->~Task();
    heap_free(task);
}

// On another thread's stack: ours is free now, and so is everything that wait4 promises to be.
void Task::on_gone(Thread& thread)
{
    Task& task = static_cast<Task&>(thread);
    free_kernel_stack(task.stack_);
    Ref<Process> process = move(task.process_);
    bool was_last;
    {
        SpinGuard guard{process_lock};
        was_last = note_task_gone_locked(task, *process);
    }
    task.~Task();
    heap_free(&task);
    if (was_last) become_zombie(*process);
}

Task* find_task_locked(u32 tid)
{
    return static_cast<Task*>(pids.find(tid, PidKind::Task));
}

void describe_call(Span<char> out)
{
    const Thread& thread = current_thread();
    if (!thread.owner) {
        format(out, "kernel thread %s", thread.name);
        return;
    }
    Task& task = current_task();
    const TrapFrame& frame = task.registers();
    const u32 pid = task.process().pid();
    const char* call = frame.trap_number == kSystemCallVector ? syscall_name(frame.error_code) : nullptr;
    if (call)
        format(out, "%s of pid %u %s", call, pid, task.name);
    else if (frame.trap_number == kTrapPageFault)
        format(out, "a page fault of pid %u %s", pid, task.name);
    else
        format(out, "trap %u of pid %u %s", frame.trap_number, pid, task.name);
}

}  // namespace faultline
