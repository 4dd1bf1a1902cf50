#include "kernel/procfs.h"
namespace faultline {
void register_procfs() {}
}
