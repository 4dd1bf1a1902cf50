// The periodic writer: carries dirty pages to the disk some seconds after they were written, or when memory is low; and
// the bring-up of this floor.
#pragma once

#include "lib/types.h"

namespace faultline {

// Thread entry (kernel/ starts one thread with it). Never returns.
void writer_thread(void*);
// Wakes it now. From anywhere.
void wake_writer();

// How old dirty pages become before it takes them, in hundredths of a second: /proc/sys/vm/dirty_expire_centisecs.
u32 dirty_expire_centisecs();
void set_dirty_expire(u32 centisecs);

// Registers ext2, devfs and the shrinkers; before the root is mounted, after mm stands.
void initialize_file_systems();

}  // namespace faultline
