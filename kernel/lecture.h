// Experiments for the lecture that a program cannot do itself, because they are about the kernel's own pointers: each is a
// file of /proc/lecture, done anew when the file is opened, on memory of its own. user/demos shows them as slides.
#pragma once

#include "kernel/procfs.h"

namespace faultline {

Span<const ProcText> lecture_texts();  // /proc/lecture/NAME: lines "what: value"

}  // namespace faultline
