// fcntl's F_ADD_SEALS and F_GET_SEALS.
#pragma once

#include "fs/file.h"

namespace faultline {

enum class SealCommand : u8 { Add, Get };
Result<u32> change_seals(File& file, SealCommand command, u32 seals);

}  // namespace faultline
