// The periodic writer: carries dirty pages to the disk some seconds after they were written, or when memory is low; and
// the bring-up of this floor.
#pragma once

namespace faultline {

// Thread entry (kernel/ starts one thread with it). Never returns.
void writer_thread(void*);
// Wakes it now. From anywhere.
void wake_writer();

// Registers ext2, devfs and the shrinkers; before the root is mounted, after mm stands.
void initialize_file_systems();

}  // namespace faultline
