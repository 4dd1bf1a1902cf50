// The signal mask in a sigjmp_buf: called by setjmp.S.
#include <setjmp.h>
#include <signal.h>

void __save_mask(struct __jump_state* state);
void __restore_mask(const struct __jump_state* state);

void __save_mask(struct __jump_state* state)
{
    sigprocmask(SIG_BLOCK, NULL, (sigset_t*)state->mask);
}

void __restore_mask(const struct __jump_state* state)
{
    sigprocmask(SIG_SETMASK, (const sigset_t*)state->mask, NULL);
}
