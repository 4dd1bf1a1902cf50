// PollTable: one thread that waits on many queues at once, for poll, select and their kin.
//
// Use:  for (;;) { table.clear(); for each file { ready |= file->poll(&table) & wanted }
//                  if (ready || time is up) break;  TRY(table.wait(deadline)); }
// FileLike::poll calls table->watch(queue) *before* it looks at its state, so a change in between is not missed.
// Belongs to one thread; watches end with the table or with clear().
#pragma once

#include "core/wait_queue.h"
#include "dev/tty.h"  // kPollIn, kPollOut: terminals know them too
#include "lib/optional.h"
#include "lib/result.h"

namespace faultline {

// The other bits of poll(2).
constexpr u32 kPollPriority = 0x002;
constexpr u32 kPollError = 0x008;  // always reported, asked for or not; so are the next two
constexpr u32 kPollHangUp = 0x010;
constexpr u32 kPollInvalid = 0x020;  // a descriptor that is not open: kernel/ says so
constexpr u32 kPollReadNormal = 0x040;
constexpr u32 kPollWriteNormal = 0x100;

}  // namespace faultline
