#include "mm/fault_action.h"

namespace faultline {

const char* counter_name(FaultAction action)
{
    switch (action) {
    case FaultAction::Deny:
        return "fault_deny";
    case FaultAction::MapZeroPage:
        return "fault_map_zero_page";
    case FaultAction::ZeroFill:
        return "fault_zero_fill";
    case FaultAction::Fetch:
        return "fault_fetch";
    case FaultAction::BusError:
        return "fault_bus_error";
    case FaultAction::Retry:
        return "fault_retry";
    case FaultAction::MakeWritable:
        return "fault_make_writable";
    case FaultAction::CopyFrame:
        return "fault_copy_frame";
    }
    return "fault_unknown";
}

const char* action_name(FaultAction action)
{
    switch (action) {
    case FaultAction::Deny:
        return "Deny";
    case FaultAction::MapZeroPage:
        return "MapZeroPage";
    case FaultAction::ZeroFill:
        return "ZeroFill";
    case FaultAction::Fetch:
        return "Fetch";
    case FaultAction::BusError:
        return "BusError";
    case FaultAction::Retry:
        return "Retry";
    case FaultAction::MakeWritable:
        return "MakeWritable";
    case FaultAction::CopyFrame:
        return "CopyFrame";
    }
    return "?";
}

}  // namespace faultline
