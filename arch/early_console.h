// The console that always works: COM1, polled, and port 0xE9 (QEMU's -debugcon). Used before drivers exist and by panic.
#pragma once

namespace faultline {

void early_console_init();  // 115200 8N1
void early_put(char c);
void early_print(const char* text);

}  // namespace faultline
