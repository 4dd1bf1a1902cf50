// How a terminal's ioctl hands its answer to the program. Fault.
#pragma once

#include "mm/user_access.h"

namespace faultline {

template <class T> Result<u32> give(UserAddr argument, const T& value)
{
    TRY(copy_to_user(argument, &value, sizeof value));
    return 0u;
}

}  // namespace faultline
