#pragma once
#include <ucontext.h>
