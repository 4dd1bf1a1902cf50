"""The four memory policies: what each does at once and puts off, its layout, and how processes come by it."""

import re
import struct
import subprocess

import pytest

import machine

POLICIES = ["stock", "lazy", "cow", "full"]
XV6_LAYOUT = ["stock", "lazy", "cow"]

# The table of the policies, as /tests/policies measures it: 31 whole pages of bss, a table of 31 pages that nothing
# has read, a heap of 64 pages, mmaps of 16 pages and of 8 of a file, 8 pages that a child may share.
TABLE = {
    "stock": {"bss_present": 31, "table_present": 1, "text_writable": 1, "heap_present": 64, "read_faults": 0,
              "reads_share_a_frame": 0, "write_faults": 0, "mmap_present": 16, "file_present": 8, "shared_after_fork": 0},
    "lazy": {"bss_present": 31, "table_present": 1, "text_writable": 0, "heap_present": 0, "read_faults": 2,
             "reads_share_a_frame": 0, "write_faults": 62, "mmap_present": 0, "file_present": 0, "shared_after_fork": 0},
    "cow": {"bss_present": 31, "table_present": 1, "text_writable": 0, "heap_present": 0, "read_faults": 2,
            "reads_share_a_frame": 0, "write_faults": 62, "mmap_present": 0, "file_present": 0, "shared_after_fork": 8},
    "full": {"bss_present": 0, "table_present": 0, "text_writable": 0, "heap_present": 0, "read_faults": 0,
             "reads_share_a_frame": 1, "write_faults": 62, "mmap_present": 0, "file_present": 0, "shared_after_fork": 8},
}


def expect_frames_back(kernel, command, rounds=4):
    """A leak, however small, adds frames every time the command runs; caches that reach their size do not."""
    counts = []
    for _ in range(rounds):
        kernel.run(command)
        counts.append(kernel.ok("/tests/frames")["in_use"])
    assert any(later <= earlier for earlier, later in zip(counts, counts[1:])), counts


def regions(text):
    """[(first page, end, rights, name)] of a /proc/PID/maps."""
    found = re.findall(r"^(\w+)-(\w+) (\S+) \S+ \S+ \d+ *(.*)$", text, re.MULTILINE)
    return [(int(first, 16), int(end, 16), rights, name) for first, end, rights, name in found]


def kill_line(done):
    found = re.search(r"^pid \d+ (\w+): trap 14 err (\d) on cpu \d eip 0x[0-9a-f]+ addr 0x([0-9a-f]+)--kill proc\n(.*)",
                      done.console, re.MULTILINE)
    assert found, done.console
    return found.group(1), int(found.group(2)), int(found.group(3), 16), found.group(4)


# ---- What each does ----

@pytest.mark.parametrize("policy", POLICIES)
def test_policy_does_at_once_what_its_row_says(kernel, policy):
    """Program, heap, mmap and fork: present at once or on touch, copied or shared; and all memory comes back."""
    report = kernel.ok(f"vm {policy} /tests/policies measure").report
    assert report.pop("policy") == policy
    made_writable = report.pop("made_writable")
    assert report == TABLE[policy]
    # Once the child is gone the parent is the last owner of what they shared, and copies nothing.
    assert made_writable >= 8 if TABLE[policy]["shared_after_fork"] else made_writable == 0
    expect_frames_back(kernel, f"vm {policy} /tests/policies measure")


@pytest.mark.parametrize("policy", ["cow", "full"])
def test_copy_on_write_has_its_three_cases(kernel, policy):
    """Where fork shares: the first write copies, the last owner keeps the frame, what is forbidden stays so."""
    report = kernel.ok(f"vm {policy} /tests/cowtest").report
    assert report["first_write_copies"] == 1
    assert report["copies_by_last_owner"] == 0
    assert report["reuses_by_last_owner"] == 1


def test_stock_keeps_all_memory_present(kernel):
    """mprotect, madvise and mremap leave nothing to a fault that would kill; a mapping beyond memory is refused."""
    assert kernel.ok("vm stock /tests/policies eager-calls").report == {"zero_again": 1, "grown": 64, "none_is_kept_out": 1}


@pytest.mark.parametrize("policy", POLICIES)
def test_shared_file_mapping_survives_the_writer(kernel, policy):
    """Write-back takes the right to write away; the next store gets it again, in stock too."""
    assert kernel.ok(f"cd /; vm {policy} /tests/policies shared-file")["byte"] == 2


def test_stock_refuses_what_memory_cannot_hold(kernel):
    """sbrk of more than there is: the slides' line, -1, the break as before, and every frame back."""
    done = kernel.ok("vm stock /tests/policies too-much")
    assert done.report == {"refused": 1, "kept": 1}
    assert "allocuvm out of memory" in done.console.splitlines()
    expect_frames_back(kernel, "vm stock /tests/policies too-much")


@pytest.mark.parametrize("policy", POLICIES)
def test_only_full_gives_its_memory_to_others(boot, policy):
    """Another process wants all memory and more: private pages go to swap, a file's out of memory, under full alone."""
    report = boot(memory=64, swap="128M").ok(f"cd /; vm {policy} /tests/policies stay", timeout=300).report
    assert report["sum"] == 0
    if policy == "full":
        assert report["memory_stayed"] < 2048 and report["file_stayed"] < 2048
    else:
        assert (report["memory_stayed"], report["file_stayed"]) == (2048, 2048)


@pytest.mark.parametrize("policy", POLICIES)
def test_fork_that_has_no_room_fails_and_kills_nobody(boot, policy):
    """36 MiB of 64: the policies that copy get ENOMEM and go on, the others share; every frame comes back."""
    guest = boot(memory=64)
    done = guest.ok(f"vm {policy} /tests/policies fork-too-big")
    copies = policy in ("stock", "lazy")
    assert done.report == {"forked": 0, "error_is_enomem": 1, "kept": 1} if copies else {"forked": 1, "kept": 1}
    assert "out of memory: killed" not in done.console
    expect_frames_back(guest, f"vm {policy} /tests/policies fork-too-big")


@pytest.mark.parametrize("policy", ["lazy", "cow"])
def test_mappings_do_not_stand_in_the_heaps_way(kernel, policy):
    """They lie at the top of the user half; 0x50000000 bytes of heap still fit. None is put below the program."""
    assert kernel.ok(f"vm {policy} /tests/policies mmap-then-heap").report == {"last": 7, "low_mappings": 0}


def test_stock_says_bus_error_beyond_a_files_end(kernel):
    """Every page fault kills; what lies beyond the end of a file kills by SIGBUS, as elsewhere."""
    assert kernel.run("cd /; vm stock /tests/policies beyond-end").status == 128 + 7


@pytest.mark.parametrize("policy", POLICIES)
def test_heap_ends_where_it_ends(kernel, policy):
    """The last byte below a page-aligned break is the program's; the byte at it kills."""
    assert kernel.ok(f"vm {policy} /tests/policies touch-last")["last"] == 7
    done = kernel.run(f"vm {policy} /tests/policies touch-end")
    assert done.status == 128 + 11
    name, error, address, _ = kill_line(done)
    assert (name, error, address % 4096) == ("policies", 6, 0)


@pytest.mark.parametrize("kind, error", [("text-write", 7), ("unmapped-read", 4), ("none-read", 5)])
@pytest.mark.parametrize("policy", ["lazy", "cow"])
def test_policies_with_segment_flags_forbid_what_full_forbids(kernel, policy, kind, error):
    """Text is read-only, nothing is where nothing was mapped."""
    done = kernel.run(f"vm {policy} /tests/fault {kind}")
    assert done.status == 128 + 11
    assert kill_line(done)[1] == error or kind == "none-read"


def test_stock_ignores_segment_flags(kernel):
    """As on the slides everything of a program may be written: the write goes through."""
    done = kernel.run("vm stock /tests/fault rodata-write")
    assert done.status != 128 + 11
    assert "kill proc" not in done.console


# ---- Fork ----

@pytest.mark.parametrize("policy, shared", [("cow", 4), ("full", 0), ("stock", 0)])
def test_whole_tables_are_shared_where_the_policy_shares_them(kernel, policy, shared):
    """cow shares page tables of 4 MiB at fork; whatever either side does to its memory, the other sees nothing of it."""
    report = kernel.ok(f"vm {policy} /tests/tables", timeout=300).report
    assert report == {"tables_shared": shared, "few_tables_more": int(shared > 0), "changes": 7, "parent_wrote": 1,
                      "disturbed": 1, "left_together": 1}


def test_shared_tables_keep_page_tables_and_frames_in_agreement(boot):
    """The same under the checks of the debug build, on four CPUs."""
    assert boot(debug=True, smp=4).ok("vm cow /tests/tables", timeout=600)["left_together"] == 1


@pytest.mark.release
def test_cow_execs_with_a_fiftieth_of_the_instructions_of_stock(boot):
    """A process of 64 MiB that forks, and whose child execs."""
    guest = boot(icount=True, smp=1)
    lines = guest.ok("bench -r 1 '64 MiB, stock' '64 MiB, cow'", timeout=600).lines
    costs = {line.split("  ")[0].split(", ")[-1]: int(line.split()[-2]) for line in lines}
    assert costs["cow"] * 50 < costs["stock"]


# ---- Layout ----

@pytest.mark.parametrize("policy", XV6_LAYOUT)
def test_xv6_layout_is_program_guard_stack_heap(kernel, policy):
    """One after the other without a gap, as the slides draw them; nothing below the program."""
    found = regions(kernel.ok(f"vm {policy} cat /proc/self/maps").output)
    assert found[0][0] == 0x08048000
    assert all(one[1] == two[0] for one, two in zip(found, found[1:]))
    guard, stack, heap = found[-3:]
    assert (guard[1] - guard[0], guard[2]) == (4096, "---p")
    assert (stack[1] - stack[0], stack[2:]) == (16 * 4096, ("rw-p", "[stack]"))
    assert heap[2:] == ("rw-p", "[heap]")


def test_linux_layout_has_its_stack_at_kernbase(kernel):
    """full: the stack ends at 0x80000000, the heap follows the program."""
    found = regions(kernel.ok("vm full cat /proc/self/maps").output)
    assert found[-1][1:] == (0x80000000, "rw-p", "[stack]")
    assert [name for *_, name in found].index("[heap]") == len(found) - 2


@pytest.mark.parametrize("policy", XV6_LAYOUT)
def test_guard_page_is_present_but_the_supervisors(kernel, policy):
    """A touch is a protection fault: err 5 for a read, 7 for a write; the line below says what it hit."""
    report = kernel.ok(f"vm {policy} /tests/policies guard-entry").report
    assert report == {"is_present": 1, "is_users": 0, "below_is_users": 1, "above_is_users": 1}
    for what, error in ("read", 5), ("write", 7):
        done = kernel.run(f"vm {policy} /tests/policies guard-{what}")
        assert done.status == 128 + 11
        name, seen, _, reason = kill_line(done)
        assert (name, seen) == ("policies", error)
        assert f"{what}" in reason and "guard page" in reason


@pytest.mark.parametrize("policy", XV6_LAYOUT)
def test_system_call_with_a_buffer_in_the_guard_page_is_efault(kernel, policy):
    """At CPL 0 the page would not fault: the range check refuses it, and only it."""
    report = kernel.ok(f"vm {policy} /tests/policies guard-calls").report
    assert report == dict.fromkeys(report, 1)
    assert len(report) == 11


def test_stack_pages_are_chosen_by_vm(kernel):
    """--stack=N in the xv6 layout; 16 by default."""
    assert kernel.ok("vm lazy /tests/policies stack-room")["stack_pages"] == 16
    assert kernel.ok("vm --stack=40 cow /tests/policies stack-room")["stack_pages"] == 40
    assert kernel.ok("vm --stack=40 cow sh -c '/tests/policies stack-room'")["stack_pages"] == 40


def test_arguments_that_do_not_fit_the_short_stack_are_refused(kernel):
    """exec says E2BIG; half of the stack is for the program."""
    long = "x" * 3000
    assert kernel.run(f"vm --stack=2 cow echo {long} {long}").status == 126
    assert kernel.ok(f"vm --stack=4 cow echo {long} {long}").output == f"{long} {long}\n"


# ---- How a process comes by its policy ----

def test_policy_is_inherited_by_fork_and_exec(kernel):
    """A shell under cow runs its children under cow; vm inside changes it for its own command only."""
    done = kernel.ok("vm cow sh -c '/tests/policies show; vm full /tests/policies show; (/tests/policies show); "
                     "/tests/policies show | cat'; /tests/policies show")
    assert done.lines == ["policy: cow", "policy: full", "policy: cow", "policy: cow", "policy: full"]


def test_set_policy_takes_effect_at_the_next_exec(kernel):
    """Call 1005 changes nothing about the program that runs."""
    assert kernel.ok("/tests/policies set-then-exec").lines == ["policy: full", "policy: full", "policy: lazy"]


def test_set_policy_refuses_bad_values(kernel):
    """EINVAL for policies and stack sizes that there are none of."""
    report = kernel.ok("/tests/policies bad-calls").report
    assert report == {"policy_4": 1, "policy_minus_1": 1, "stack_minus_1": 1, "stack_huge": 1}


@pytest.mark.parametrize("arguments, message", [
    ("", "Usage|missing|operand"),
    ("cow", "missing|operand|Usage"),
    ("fast echo hi", "there is no policy fast"),
    ("--stack=0 cow echo hi", "--stack=0: pages"),
    ("--stack=many cow echo hi", "many"),
    ("--stack=99999 cow echo hi", "--stack=99999: pages"),
    ("--fault-around=5000 full echo hi", "--fault-around=5000: a power of two"),
    ("--fault-around=128K full echo hi", "--fault-around=128K: a power of two"),
    ("--bogus cow echo hi", "bogus"),
])
def test_vm_refuses_bad_arguments(kernel, arguments, message):
    """Status 125 and a reason; the command is not run."""
    done = kernel.run(f"vm {arguments} 2>&1")
    assert done.status in (1, 125)
    assert re.search(message, done.output)
    assert "hi" not in done.lines


def test_vm_gives_the_commands_status(kernel):
    """That of the command; 127 where there is none, 126 where it cannot be run."""
    assert kernel.run("vm cow sh -c 'exit 7'").status == 7
    assert kernel.run("vm lazy /bin/nothing 2>/dev/null").status == 127
    assert kernel.run("vm stock /etc/passwd 2>/dev/null").status == 126
    assert kernel.run("vm full /tests/fault null-read").status == 128 + 11


@pytest.mark.parametrize("policy", POLICIES)
def test_boot_gives_the_first_process_a_policy(boot, policy):
    """vm= at boot: init, the shell and everything else run under it."""
    done = boot(append=f"vm={policy}").ok("/tests/policies show; grep Policy /proc/1/status; ls / | sort | head -2")
    assert done.lines == [f"policy: {policy}", f"Policy:\t{policy}", "bin", "demos"]


@pytest.mark.parametrize("policy", XV6_LAYOUT)
def test_console_works_under_each_policy(boot, policy):
    """To the prompt, as a person sees it, on a small machine."""
    console = boot(append=f"vm={policy}", console=True, memory=128)
    console.prompt()
    assert f"Policy:\t{policy}" in console.command("cat /proc/self/status | grep Policy")


def test_unknown_policy_at_boot_is_named(boot):
    """The log says which there are; the system comes up under full."""
    guest = boot(append="vm=quick")
    assert guest.ok("/tests/policies show")["policy"] == "full"
    assert "vm=quick: there are the policies stock, lazy, cow and full" in guest.ok("dmesg").output


# ---- Fault-around ----

def test_fault_around_maps_neighbours_that_are_in_the_cache(kernel):
    """16 pages with one fault under full, one page under the others; vm --fault-around and its children ask for fewer."""
    assert kernel.ok("vm full /tests/policies fault-around")["present"] == 16
    assert kernel.ok("vm lazy /tests/policies fault-around")["present"] == 1
    assert kernel.ok("vm --fault-around=4K full /tests/policies fault-around")["present"] == 1
    assert kernel.ok("vm --fault-around=8K full /tests/policies fault-around")["present"] == 2
    inherited = kernel.ok("vm --fault-around=4K full sh -c '/tests/policies fault-around; vm full /tests/policies fault-around'")
    assert inherited.lines == ["present: 1", "present: 1"]
    assert kernel.ok("/tests/policies fault-around")["present"] == 16


def test_fault_around_is_set_at_boot(boot):
    """fault_around=4K switches it off for everybody; a bad value is named."""
    assert boot(append="fault_around=4K").ok("/tests/policies fault-around")["present"] == 1
    guest = boot(append="fault_around=5K")
    assert guest.ok("/tests/policies fault-around")["present"] == 16
    assert "fault_around=5120: a power of two from 4K to 64K" in guest.ok("dmesg").output


# ---- Programs written for xv6, and programs linked at 0 ----

@pytest.mark.parametrize("vm", ["", "vm stock ", "vm lazy ", "vm cow ", "vm full "])
def test_marked_program_starts_with_xv6s_frame(kernel, vm):
    """A return address that leads nowhere, argc, argv, the array, the strings: nothing else, under every policy."""
    done = kernel.ok(f"{vm}/xv6/layout frame two three")
    assert done.lines == ["return: 0xFFFFFFFF", "argc: 4", "array_follows: 1", "ends_in_zero: 1", "strings_follow: 1",
                          "arg0: /xv6/layout", "arg1: frame", "arg2: two", "arg3: three", "nothing_above: 1"]


@pytest.mark.parametrize("policy", POLICIES)
def test_marked_program_lies_at_0_with_guard_stack_and_heap(kernel, policy):
    """Linked at 0; guard page of the supervisor's, one page of stack, the heap on top."""
    done = kernel.ok(f"vm {policy} /xv6/layout places")
    assert done.lines == ["linked_at: 0", "guard: 0x3", "stack: 0x7", "stack_is_behind_guard: 1", "heap_is_behind_stack: 1"]
    found = regions(kernel.ok(f"vm {policy} /xv6/layout maps").output)
    assert found[0][0] == 0
    assert [end - first for first, end, *_ in found[-2:]] == [4096, 4096]
    found = regions(kernel.ok(f"vm --stack=3 {policy} /xv6/layout maps").output)
    assert [end - first for first, end, *_ in found[-2:]] == [4096, 3 * 4096]


def test_marked_program_runs_under_cow_where_full_was_inherited(kernel):
    """And what it executes runs under full again: the choice is the program's, the policy the process's."""
    assert kernel.ok("/xv6/layout policy").lines == ["Policy:\tcow"]
    assert kernel.ok("/xv6/layout exec /tests/policies show").lines == ["policy: full"]
    for policy in XV6_LAYOUT:
        assert kernel.ok(f"vm {policy} /xv6/layout policy").lines == [f"Policy:\t{policy}"]
        assert kernel.ok(f"vm {policy} /xv6/layout exec /tests/policies show").lines == [f"policy: {policy}"]


@pytest.mark.parametrize("policy", ["lazy", "cow", "full"])
def test_heap_reaches_far_where_it_comes_on_touch(kernel, policy):
    """0x50000000 bytes in one sbrk, 144 MiB written at the far end, on a machine of 512 MiB; 0x58000000 bytes are granted."""
    assert kernel.ok(f"vm {policy} /xv6/layout far-end", timeout=300).report == {"wrong": 0, "last": 0}
    assert kernel.ok(f"vm {policy} /xv6/layout whole-heap").report == {"granted": 1, "last": 7, "beyond": 1}
    expect_frames_back(kernel, f"vm {policy} /xv6/layout far-end")


def test_marked_program_whose_arguments_do_not_fit_a_page_is_refused(kernel):
    """E2BIG before the old program is gone."""
    long = "x" * 4090
    assert kernel.run(f"/xv6/layout {long} 2>&1").status == 126
    assert kernel.ok(f"/xv6/layout policy {long[:800]}").lines == ["Policy:\tcow"]


def test_unmarked_program_linked_at_page_0_is_refused_under_full(boot, tmp_path):
    """ENOEXEC there; in the xv6 layout it runs, and with the mark it runs everywhere."""
    (tmp_path / "up.c").write_text('#include "types.h"\n#include "user.h"\nint main(void) { printf(1, "up\\n"); exit(); }\n')
    subprocess.run([machine.ROOT / "scripts" / "build-program", "--xv6", "-o", tmp_path / "marked", tmp_path / "up.c"], check=True)
    elf = bytearray((tmp_path / "marked").read_bytes())
    first, = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<HH", elf, 42)
    notes = [at for at in range(first, first + size * count, size) if struct.unpack_from("<I", elf, at) == (4,)]
    assert len(notes) == 1
    struct.pack_into("<I", elf, notes[0], 0)  # PT_NULL
    (tmp_path / "unmarked").write_bytes(elf)
    (tmp_path / "unmarked").chmod(0o755)
    guest = boot(add=[(tmp_path / "marked", "/bin/marked"), (tmp_path / "unmarked", "/bin/unmarked")])
    for policy in XV6_LAYOUT:
        assert guest.ok(f"vm {policy} /bin/unmarked").output == "up\n"
    for policy in POLICIES:
        assert guest.ok(f"vm {policy} /bin/marked").output == "up\n"
    refused = guest.run("vm full /bin/unmarked 2>&1")
    assert refused.status == 126
    assert "Exec format error" in refused.output
