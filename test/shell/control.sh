# if, while, until, for, case, functions and what leaves them.
if true; then echo 1; fi
if false; then echo no; else echo 2; fi
if false; then echo no; elif false; then echo no; elif true; then echo 3; else echo no; fi
if false; then echo no; fi; echo "status $?"
if ! false; then echo 4; fi
i=0; while [ $i -lt 3 ]; do echo w$i; i=$((i+1)); done
until [ $i -eq 0 ]; do echo u$i; i=$((i-1)); done
for x in a "b c" d; do echo "for $x"; done
for x in; do echo never; done; echo "empty for $?"
set -- p q; for x do echo "arg $x"; done
for x; do echo "arg2 $x"; done
for x in 1 2 3
do
    echo $x
done
for i in 1 2 3 4 5; do
    [ $i = 2 ] && continue
    [ $i = 4 ] && break
    echo n$i
done
for i in 1 2; do for j in a b c; do [ $j = b ] && continue 2; echo $i$j; done; done
for i in 1 2; do for j in a b c; do [ $j = b ] && break 2; echo $i$j; done; done
while true; do while true; do break 2; done; done; echo out
match() {
    case $1 in
        a) echo "one a";;
        b|c) echo "b or c";;
        [0-9]) echo digit;;
        [!x-z]?) echo "two, not x-z first";;
        *.txt) echo text;;
        "*") echo star;;
        \?) echo question;;
        '') echo empty;;
        *) echo other
    esac
}
for x in a b c 7 pq xq file.txt '*' '?' '' long; do match "$x"; done
case x in (x) echo paren;; esac
case x in y) echo no;; esac; echo "case $?"
case $(echo sub) in s*b) echo sub;; esac
case a in
esac
pattern='a*'; case abc in $pattern) echo "pattern from variable";; esac
case 'a*' in "$pattern") echo "quoted pattern";; esac
case abc in "$pattern") echo no;; *) echo "not literal";; esac
f() { echo "f $1"; return 7; echo never; }
f x; echo $?
g() { if [ $1 -gt 0 ]; then echo $1; g $(($1-1)); fi; }
g 3
h() (x=inner; echo $x); x=outer; h; echo $x
k() { while true; do return 5; done; }; k; echo $?
redirected() { echo out; echo err >&2; } 2>&1
redirected | sort
{ echo group; echo two; } | wc -l | tr -d ' '
{ echo one; }; { echo two
}
( echo subshell; exit 3 ); echo $?
x=1; (x=2; echo $x); echo $x
! true; echo $?; ! false; echo $?
true && echo and; false && echo no; false || echo or; true || echo no
false && echo no || echo chain; true || echo no && echo chain2
false; echo $?
true && false; echo $?
if true && ! false || false; then echo logic; fi
f() { echo first; }; f() { echo second; }; f
unset -f f; f 2>/dev/null; echo $?
nested() { inner() { echo inner; }; inner; }; nested; inner
if true; then
    if false; then echo no
    else
        for i in 1; do case $i in 1) while :; do echo deep; break; done;; esac; done
    fi
fi
while read line; do echo "line $line"; done <<END
1
2
END
for i in 1 2 3; do echo $i; done | while read n; do echo "n$n"; done
i=0; while :; do i=$((i+1)); if [ $i = 3 ]; then break; fi; done; echo $i
eval 'for i in 1 2; do echo e$i; done'
eval; echo $?
eval "exit_status=5; (exit 5)"; echo $?
for i in 1 2 3; do eval 'if [ $i = 2 ]; then break; fi'; echo ev$i; done
