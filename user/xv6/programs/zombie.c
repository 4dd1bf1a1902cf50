// Leaves a child that has ended and that nobody has waited for: process 1 finds it when this program has ended.
#include "stat.h"
#include "types.h"
#include "user.h"

int main(void)
{
    if (fork() > 0) sleep(5);  // the child ends first
    exit();
}
