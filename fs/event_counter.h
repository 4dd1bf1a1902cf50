// eventfd: a counter that is read and written as a file. Timers as files: fs/timer_file.h.
#pragma once

#include "fs/file_like.h"

namespace faultline {

enum class CounterKind : u8 { TakesAll, TakesOne };  // what a read takes; the latter: EFD_SEMAPHORE
Result<Ref<FileLike>> create_event_counter(u64 value, CounterKind kind);

}  // namespace faultline
