// devfs: the file system on /dev, one node for each registered device, and the customary links.
#pragma once

namespace faultline {

void register_devfs();  // the type "devfs", also as "devtmpfs"

}  // namespace faultline
