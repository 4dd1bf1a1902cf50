#include <stdio.h>

int main(void)
{
    printf("hello from gcc %d\n", __GNUC__);
    return 3;
}
