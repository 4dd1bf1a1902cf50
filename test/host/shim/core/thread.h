// For the host: nothing of threads is asked.
#pragma once
