// The working directory as the user came to it, symbolic links included.
#pragma once

void directory_start(void);  // from $PWD if that is right, else from the kernel
const char* directory_name(void);
