// reboot: poweroff under another name; it looks at the name it was called by.
#include "user/bin/poweroff.c"
