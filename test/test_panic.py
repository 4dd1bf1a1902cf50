"""What the kernel says when the kernel itself is at fault: reason, registers, a backtrace with names, and QEMU's end."""

import pytest


@pytest.mark.parametrize("test, words", [
    ("stack-overflow", ["kernel stack overflow in thread stack-overflow", "eip ", "recurse"]),
    ("write-text", ["page fault in the kernel", "write to", "eip ", "write_to_text"]),
    ("null", ["page fault in the kernel", "0x1234", "eip ", "read_nowhere"]),
    ("assert", ["two + two == 5 (kernel/self_test.cpp:", "fail_assertion"]),
])
def test_kernel_fault_is_reported_with_its_backtrace(run, test, words):
    """A stack overflow is caught by the guard page and the double-fault task; text is read-only; every report has names."""
    status, _, messages = run("--append", f"ktest={test}", "--timeout", "120", "-c", "sleep 100")
    assert status == 125
    assert "panic: " in messages
    for word in words:
        assert word in messages, f"{word!r} is not in:\n{messages}"
