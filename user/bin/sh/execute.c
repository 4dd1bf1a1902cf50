// The walk over the syntax tree: lists, conditions and loops.
#include "execute.h"

#include "expand.h"
#include "redirect.h"
#include "traps.h"

#include <string.h>

void check_errexit(void)
{
    if (shell.status != 0 && shell.option[OPTION_ERREXIT] && !shell.errexit_ignored && !shell.unwind)
        exit_shell(shell.status);
}

static void execute_condition(const struct node* node)
{
    shell.errexit_ignored++;
    execute(node, SHELL_GOES_ON);
    shell.errexit_ignored--;
}

static void execute_sequence(const struct node* node, enum afterwards afterwards)
{
    for (const struct node* child = node->children; child && !shell.unwind; child = child->next)
        execute(child, child->next ? SHELL_GOES_ON : afterwards);
}

static void execute_and_or(const struct node* node, enum afterwards afterwards)
{
    execute_condition(node->first);
    if (!shell.unwind && (shell.status == 0) == (node->kind == NODE_AND)) execute(node->second, afterwards);
}

static void execute_not(const struct node* node)
{
    execute_condition(node->first);
    if (!shell.unwind) shell.status = !shell.status;
}

static void execute_if(const struct node* node, enum afterwards afterwards)
{
    execute_condition(node->first);
    if (shell.unwind) return;
    const struct node* branch = shell.status == 0 ? node->second : node->third;
    shell.status = 0;
    execute(branch, afterwards);
}

// After a round: does the loop end? Takes the break or continue that is meant for this loop.
static bool loop_ends(void)
{
    if (shell.unwind == UNWIND_NONE) return false;
    if (shell.unwind != UNWIND_BREAK && shell.unwind != UNWIND_CONTINUE) return true;
    if (--shell.unwind_levels > 0) return true;
    const bool ends = shell.unwind == UNWIND_BREAK;
    shell.unwind = UNWIND_NONE;
    return ends;
}

static void execute_while(const struct node* node)
{
    int status = 0;
    shell.loop_depth++;
    for (;;) {
        execute_condition(node->first);
        if (loop_ends()) {
            status = shell.status;
            break;
        }
        if ((shell.status == 0) != (node->kind == NODE_WHILE)) break;
        execute(node->second, SHELL_GOES_ON);
        status = shell.status;
        if (loop_ends()) break;
    }
    shell.loop_depth--;
    shell.status = status;
}

static void execute_for(const struct node* node)
{
    const struct arena_mark mark = arena_mark(&shell.scratch);
    int count = shell.argument_count;
    char** values;
    if (node->loop.in_given) {
        values = expand_words(node->loop.words, &count);
    } else {
        values = arena_allocate(&shell.scratch, (size_t)count * sizeof *values);
        for (int i = 0; i < count; i++) {
            values[i] = arena_copy(&shell.scratch, shell.arguments[i], strlen(shell.arguments[i]));
        }
    }
    if (!shell.unwind) shell.status = 0;
    shell.loop_depth++;
    for (int i = 0; i < count && !shell.unwind; i++) {
        if (!variable_set(node->loop.name, values[i])) {
            abort_command(2);
            break;
        }
        execute(node->loop.body, SHELL_GOES_ON);
        if (loop_ends()) break;
    }
    shell.loop_depth--;
    arena_release(&shell.scratch, mark);
}

static const struct case_item* choose(const struct node* node)
{
    const char* subject = expand_string(node->choice.subject->parts);
    for (const struct case_item* item = node->choice.items; item; item = item->next) {
        for (const struct word* pattern = item->patterns; pattern && !shell.unwind; pattern = pattern->next) {
            if (pattern_matches(expand_pattern(pattern->parts), subject)) return item;
        }
    }
    return NULL;
}

static void execute_case(const struct node* node, enum afterwards afterwards)
{
    const struct arena_mark mark = arena_mark(&shell.scratch);
    shell.substitution_status = 0;
    const struct case_item* item = choose(node);
    arena_release(&shell.scratch, mark);
    if (shell.unwind) return;
    shell.status = 0;
    if (item) execute(item->body, afterwards);
}

static void execute_kind(const struct node* node, enum afterwards afterwards)
{
    switch (node->kind) {
    case NODE_SIMPLE:
        execute_simple(node, afterwards);
        break;
    case NODE_PIPELINE:
        execute_pipeline(node);
        break;
    case NODE_NOT:
        execute_not(node);
        break;
    case NODE_AND:
    case NODE_OR:
        execute_and_or(node, afterwards);
        break;
    case NODE_SEQUENCE:
        execute_sequence(node, afterwards);
        break;
    case NODE_BACKGROUND:
        execute_background(node);
        break;
    case NODE_SUBSHELL:
        execute_subshell(node, afterwards);
        break;
    case NODE_GROUP:
        execute(node->first, afterwards);
        break;
    case NODE_IF:
        execute_if(node, afterwards);
        break;
    case NODE_WHILE:
    case NODE_UNTIL:
        execute_while(node);
        break;
    case NODE_FOR:
        execute_for(node);
        break;
    case NODE_CASE:
        execute_case(node, afterwards);
        break;
    case NODE_FUNCTION:
        function_define(node->function.name, node->function.body, node->function.arena);
        shell.status = 0;
        break;
    }
}

// Compound commands with redirections: those last until the command is done.
static void execute_redirected(const struct node* node)
{
    const struct arena_mark mark = arena_mark(&shell.scratch);
    struct prepared_redirect* redirects;
    struct saved_descriptor* saved = NULL;
    if (redirects_prepare(node->redirects, &redirects) && redirects_apply(redirects, &saved)) {
        execute_kind(node, SHELL_GOES_ON);
    } else if (!shell.unwind) {
        shell.status = 1;
    }
    redirects_restore(saved);
    arena_release(&shell.scratch, mark);
}

void execute(const struct node* node, enum afterwards afterwards)
{
    if (!node || shell.unwind || shell.option[OPTION_NOEXEC]) return;
    shell.line = node->line;
    // Simple commands and subshells see to their redirections themselves.
    if (node->redirects && node->kind != NODE_SIMPLE && node->kind != NODE_SUBSHELL) {
        execute_redirected(node);
    } else {
        execute_kind(node, afterwards);
    }
    const bool checks_errexit = node->kind <= NODE_PIPELINE || node->kind == NODE_SUBSHELL || node->redirects;
    if (checks_errexit) check_errexit();
    run_traps();
}
