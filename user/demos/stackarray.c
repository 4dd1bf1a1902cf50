// Exercise: what does a function with char a[32768] cost? Only the pages that it touches: 8 frames, 32768 bytes, and 9
// where the array straddles one more page.
#include "user/lib/faults.h"
#include "user/lib/slide.h"

#include <stdio.h>
#include <unistd.h>

static const char says[] = "Exercise: pages are allocated on demand, a page is 4096 bytes. How much memory\n"
                           "does this allocate when it runs first?\n"
                           "    void f() { char a[32768]; for (int i = 0; i < 32768; i++) a[i] = 0; }\n"
                           "Answer: 32768 bytes, 8 frames; one more where the array does not begin on a\n"
                           "page.\n";

enum { kArrayBytes = 32768, kArrayPages = kArrayBytes / kSlidePage, kGapPages = 16 };

// The functions' whole frames. The gap above the array, never touched, keeps it away from pages that printf and its like
// have used before.
struct aligned_frame {
    char a[kArrayBytes];
    char gap[kGapPages * kSlidePage];
};
struct straddling_frame {
    char before[100];
    char a[kArrayBytes];
    char gap[3 * kGapPages * kSlidePage];
};

static volatile char* array;  // where it is when the function runs
static int touch;             // 0: only say where

// Only the address is kept: the array is gone when somebody looks.
static __attribute__((noipa)) void note_array(volatile char* a)
{
    array = a;
}

static __attribute__((noinline)) void f_aligned(void)
{
    volatile struct aligned_frame frame __attribute__((aligned(4096)));
    note_array(frame.a);
    for (int i = 0; touch && i < kArrayBytes; i++)
        frame.a[i] = 1;
}

static __attribute__((noinline)) void f_straddling(void)
{
    volatile struct straddling_frame frame __attribute__((aligned(4096)));
    note_array(frame.a);
    for (int i = 0; touch && i < kArrayBytes; i++)
        frame.a[i] = 1;
}

static void run(const char* title, void (*f)(void), int says_frames)
{
    static struct fault_counts counts;
    touch = 0;
    f();
    const volatile char* first = array - (uintptr_t)array % kSlidePage;
    slide_part("%s: a at 0x%08lx", title, (unsigned long)array);
    expect_number("frames before", 0, count_present_pages(first, kArrayPages + 1));
    touch = 1;
    begin_count(&counts);
    f();
    end_count(&counts);
    print_page_table("After the function", getpid(), first, says_frames);
    print_counts("the function", &counts);
    const int frames = count_present_pages(first, kArrayPages + 1);
    expect_number("frames for the array", says_frames, frames);
    expect_number("frames filled with zeroes", says_frames, (long)counts.actions[kFaultZeroFill]);
    expect_number("bytes allocated", (long)says_frames * kSlidePage, (long)frames * kSlidePage);
    begin_count(&counts);
    f();
    end_count(&counts);
    expect_number("faults when it runs again", 0, counts.minor + counts.major);
}

int main(int argc, char** argv)
{
    slide_begin(argc, argv, says);
    run("The array begins on a page", f_aligned, 8);
    run("The array straddles", f_straddling, 9);
    return slide_end();
}
