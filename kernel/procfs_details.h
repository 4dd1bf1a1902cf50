// Files of /proc/PID that are not about memory or state: what was given at exec, limits, counts, the killer's score. For
// kernel/procfs_process.cpp, which names them.
#pragma once

#include "kernel/procfs_memory.h"

namespace faultline {

using AcceptForProcess = Result<void> (*)(Process& process, StringView text);

Result<void> write_process_environ(Process& process, TextBuffer& out);
Result<void> write_process_cmdline(Process& process, TextBuffer& out);
Result<void> write_process_auxv(Process& process, TextBuffer& out);
Result<void> write_process_limits(Process& process, TextBuffer& out);
Result<void> write_process_personality(Process& process, TextBuffer& out);
Result<void> write_process_loginuid(Process& process, TextBuffer& out);
Result<void> write_process_sessionid(Process& process, TextBuffer& out);
Result<void> write_process_cgroup(Process& process, TextBuffer& out);
Result<void> write_process_syscall(Process& process, TextBuffer& out);
Result<void> write_process_mounts(Process& process, TextBuffer& out);
Result<void> write_process_mountinfo(Process& process, TextBuffer& out);

Result<void> write_process_comm(Process& process, TextBuffer& out);
Result<void> accept_process_comm(Process& process, StringView text);

Result<void> write_process_oom_score(Process& process, TextBuffer& out);
Result<void> write_process_oom_score_adj(Process& process, TextBuffer& out);
Result<void> accept_process_oom_score_adj(Process& process, StringView text);
Result<void> write_process_oom_adj(Process& process, TextBuffer& out);
Result<void> accept_process_oom_adj(Process& process, StringView text);

}  // namespace faultline
