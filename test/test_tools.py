"""The tools of /bin: the same command lines, on the same files, give what the host's tools give."""

import os
import subprocess
import time

import pytest

# What `ls -l` shows of a file of today has its minute, which must be the same here and there.
AN_HOUR_AGO = int(time.time()) - 3600

# Both sides make these files with these very lines, each with its own shell and tools.
SETUP = r"""
mkdir w; cd w; umask 022
printf 'The quick brown fox\njumps over the lazy dog\nfoo123bar foo.bar\na+b (c|d) {x} [y]\n\nword_one wordtwo two\n' > text
printf 'aaa abab ababab aab\n$HOME ^start end$\nUPPER lower Mixed\n' >> text
printf 'banana 3 x:9\napple 10 y:1\ncherry 2.5 z:10\nApple -3 a:2\napple 10 b:2\n  date 007 c:3\nelder 0 :\n' > data
printf 'fig -0.5 q:4:5\nfig -0.25 r\nbanana 3 x:9\n\n10K\n2M\n900\n1.5G\n' >> data
seq 1 500 > nums; sort data > sorted; : > empty; printf 'no newline' > short
mkdir -p tree/a/b tree/c/d tree/e; echo x > tree/a/f.c; : > tree/b.h; seq 1 20000 > tree/c/big
ln -s nowhere tree/broken; ln tree/a/f.c tree/hard; ln -s a tree/link; : > 'tree/with blank'; : > tree/.dot
touch -d '2020-01-02 03:04:05' tree/b.h; chmod 4755 tree/b.h; chmod 600 tree/a/f.c
""" + f"touch -d @{AN_HOUR_AGO} tree/a/f.c tree/c/big\n"

CASES = {
    "cat": ["cat text nums | md5sum", "cat -n text", "cat -s -E text", "cat nofile", "cat - < text", "cat short text"],
    "ls": ["ls tree", "ls -a tree", "ls -A tree", "ls -1F tree", "ls -r tree", "ls -R tree", "ls -S tree/a tree/c",
           "ls -d tree/*", "ls -p tree", "ls nofile", "ls -l tree/b.h", "ls -ln tree/a/f.c", "ls -lh tree/c/big",
           "ls text nums tree/a"],
    "cp": ["cp -r tree t1; find t1 | sort", "cp -a tree t2; ls -l t2/b.h", "cp text nums tree/e; ls tree/e", "cp tree t3",
           "cp nofile x", "cp text text", "cp text empty; cmp text empty", "cp -r tree tree/a/b; ls tree/a/b",
           "cp -n nums text; head -1 text", "cp tree/c/big x; cmp x tree/c/big"],
    "mv": ["mv text t; ls", "mv text nums tree; ls tree", "mv nofile x", "mv tree t; find t | sort", "mv tree tree/a",
           "mv -n text nums; ls", "mv text data; head -1 data"],
    "rm": ["rm text; ls", "rm tree", "rm -r tree; ls", "rm -f nofile", "rm nofile", "rm -r tree/a tree/c; ls tree", "rm -d tree/e; ls tree",
           "rm -rf tree/*; ls -A tree"],
    "mkdir": ["mkdir x; ls", "mkdir -p x/y/z; ls -R x", "mkdir text", "mkdir x/y", "mkdir -m 700 x; stat -c %a x", "rmdir tree/e; ls tree",
              "rmdir tree", "mkdir -p x/y; rmdir -p x/y; ls"],
    "ln": ["ln text t; stat -c %h t", "ln -s text t; readlink t; cat t | head -1", "ln -s x text", "ln -sf x text; readlink text", "ln nofile x",
           "readlink -f tree/link/f.c | tail -c 12", "ln -s ../text tree/e; readlink tree/e/text"],
    "touch": ["touch -d '2001-02-03 04:05:06' text; stat -c %y text", "touch -d @5 x; stat -c %Y x", "touch -c x; ls x",
              "touch -r tree/b.h text; stat -c %Y text"],
    "grep": [f"grep {options} -e '{pattern}' text" for options in ("", "-o", "-c", "-v", "-n", "-w", "-i", "-x")
             for pattern in ("foo", "fo*", "^The", "dog$", r"[a-z]*[0-9]\+", r"a\{2,3\}", r"\(ab\)\{2,\}", r"a\|b", "^$", "[[:digit:]]",
                             r"\<two", "$HOME", r"\[", "[]y]")]
            + [f"grep -E {options} -e '{pattern}' text" for options in ("", "-o", "-wo", "-i")
               for pattern in ("fo+", "^(The|foo)", "a{2,3}", "(ab){2,}", "a|ab|abab", "(foo|fo)(o|bar|123)*", r"\w+_")]
            + ["grep -F a+b text", "grep -q foo text", "grep -r x tree/a", "grep 5 text nums", "grep -l 5 text nums", "grep -A2 -B1 '7$' nums",
               "grep -m3 7 nums", "grep foo nofile", "cat nums | grep 99", "grep -e 17 -e 23 nums"],
    "sort": [f"sort {options} data" for options in ("", "-n", "-r", "-rn", "-f", "-u", "-nu", "-h", "-b", "-k2", "-k2n", "-k2,2", "-t: -k2n", "-k1.2,1.3",
                                                    "-s -k2n", "-fu", "-k1,1 -u")] + ["sort -n nums text | md5sum", "sort -o nums -r nums; head -2 nums"],
    "uniq": [f"uniq {options} sorted" for options in ("", "-c", "-d", "-u", "-i", "-f1", "-s2", "-w3")],
    "wc": ["wc text", "wc -l text nums", "wc -c < text", "wc -w nofile text", "cat text | wc"],
    "head and tail": [f"{tool} {options} {name}" for tool in ("head", "tail") for options in ("", "-n 3", "-c 10", "-7") for name in ("nums", "text", "short")]
                     + ["head -n -490 nums", "tail -n +495 nums", "tail -c +1880 nums", "cat nums | tail -n 2", "head -n 1 text nums", "head nofile"],
    "find": [f"find tree {expression} | sort" for expression in (
        "", "-name '*.c'", "-type f", "-type d", "-type l", "-size +10", "-empty -type f", "-maxdepth 1", "-mindepth 2", "-perm 4755", "-links +1 -type f",
        "! -type d", "'(' -name a -o -name c ')' -print", "-name a -prune -o -print", "-exec echo X {} ';'", "-type f -exec echo {} + | wc -w",
        "-newer tree/b.h -name b.h", "-path '*/a/*'")] + ["find nofile", "find tree -depth -name 'b*' | sort; find tree -name b.h -delete; ls tree"],
    "xargs": ["echo a b c | xargs", "echo a b c | xargs -n 2 echo x", "seq 3 | xargs -I{} echo '<{}>'", "find tree -type f -print0 | xargs -0 ls | wc -l",
              "echo a | xargs false", "printf '' | xargs -r echo hi"],
    "text tools": ["tr a-z A-Z < text", "tr -d aeiou < text", "tr -s ' ' < text", "tr -cd 'a-z\\n' < text", "cut -c1-3 text", "cut -d' ' -f2- text",
                   "cut -f1,3 -d' ' text", "rev text", "tac nums | head -3", "nl text", "seq 2 3 20", "seq -w 8 12", "seq 0.1 0.1 0.5", "seq 5 -2 -3",
                   "basename /a/b.c .c", "dirname /a/b/c", "env printf '%5d|%-5s|%05.1f|%x\\n' 42 ab 3.14159 255", "printf '%s %s\\n' a b c",
                   "echo -n a b", "md5sum nums text", "sha256sum nums", "md5sum nums > l; md5sum -c l", "tee x < text > y; cmp x y",
                   "hexdump -C text", "hexdump nums | tail -3", "hexdump -C -s 5 -n 33 text", "diff text text", "diff data sorted", "diff -r tree tree",
                   "cmp text data", "cmp -s text data", "dd if=nums bs=10 skip=3 count=2 2>/dev/null", "truncate -s 10k x; wc -c x", "yes | head -2"],
    "test and expr": ["test -f text", "test -d text", "test -s empty", "test 10 -gt 9", "test a = b", "test ! -e nofile -a -L tree/link",
                      "test text -nt tree/b.h", "expr 2 + 3 '*' 4", "expr abc : 'a\\(.\\)'", "expr 1 '<' 2", "expr 1 / 0", "expr length hello", "expr 0"],
    "stat": ["stat -c '%n %F %s %h %a %A' text tree tree/link tree/b.h", "stat -c %s nofile", "stat -L -c %F tree/link", "du -b tree/c/big",
             "chmod go-rwx,u+x text; stat -c %a text", "chmod -R a=rX tree/c; stat -c %a tree/c tree/c/big", "chmod 1777 tree; stat -c %A tree"],
    "date": ["date -u -d @86400", "date -u -d '2024-02-29 12:34:56' '+%Y-%j-%a-%b-%H:%M:%S-%s-%%'", "env -i A=1 B=2 env", "env nosuch; echo $?"],
    "processes": ["sleep 0.1; echo $?", "sh -c 'kill -TERM $$' 2>/dev/null; echo $?", "kill -l 9", "timeout 1 sleep 20", "timeout 5 sh -c 'exit 3'"],
}

def on_host(command, directory):
    environment = dict(os.environ, LC_ALL="C", TZ="UTC0", COLUMNS="80")
    done = subprocess.run(["sh", "-c", f"{SETUP}\n{command}"], cwd=directory, env=environment, capture_output=True, timeout=300, check=False)
    return done.returncode, done.stdout.decode(), bool(done.stderr)


def in_guest(kernel, command):
    """Into a file first: the guest's output is a terminal, for which ls makes columns. On the disk, whose directories have
    the sizes that the host's have."""
    done = kernel.run(f"rm -rf /root/t; mkdir /root/t; cd /root/t\n({SETUP}\n{command}\n) > /tmp/output 2> /tmp/errors; status=$?\n"
                      "cat /tmp/output; exit $status")
    errors = kernel.run("test -s /tmp/errors").status == 0
    return done.status, done.output, errors


@pytest.mark.parametrize("tool", CASES)
def test_tool_gives_what_the_hosts_gives(kernel, tmp_path, tool):
    """Output byte by byte, status, and whether there was a complaint are the host's."""
    wrong = []
    for number, command in enumerate(CASES[tool]):
        directory = tmp_path / str(number)
        directory.mkdir()
        expected, got = on_host(command, directory), in_guest(kernel, command)
        if got != expected:
            wrong.append(f"{command}\n  host:  {expected}\n  guest: {got}")
    assert not wrong, "\n".join(wrong)


def test_every_tool_explains_itself(kernel):
    """--help prints a line that begins with Usage, on standard output."""
    names = kernel.ok("ls /bin").output.split()
    script = "; ".join(f"/bin/{name} --help 2>/dev/null < /dev/null | head -n 1 | grep -qi '^usage: ' || echo {name}"
                       for name in names if name != "bench")
    assert kernel.ok(f"{script}; true").output == ""
