# Pipelines, lists, background jobs, subshells.
echo abc | tr a-z A-Z | rev 2>/dev/null | cat >/dev/null; echo $?
printf 'c\na\nb\n' | sort | head -n 1
echo x | cat | cat | cat
echo a | (read x; echo "got $x")
echo a | { read x; echo "got $x"; }
x=before; echo after | read x; echo $x
false | true; echo $?; true | false; echo $?; ! true | false; echo $?
echo multi |
    cat |

    cat
true &&
    echo continued ||
    echo no
(echo a; echo b) | wc -l | tr -d ' '
yes 2>/dev/null | head -n 2
if echo y | grep -q y; then echo found; fi
while read x; do echo $x; break; done <<END
first
second
END
f() { cat; }; echo through function | f
echo a; echo b & wait; echo c
{ until test -e /tmp/was_early; do sleep 0.1; done; echo late; } & echo early; : > /tmp/was_early; wait; rm /tmp/was_early
(sleep 0.1; echo one) | cat; echo two
for i in 1 2 3; do echo $i; done | sort -r
sh -c 'echo sub; exit 4' | cat; echo $?
echo $(echo a | cat | tr a b)
( (echo two levels) )
echo 1 | while read n; do echo $((n+1)); done
cat /dev/null | wc -c | tr -d ' '
i=0; while [ $i -lt 20 ]; do echo $i | cat >/dev/null & i=$((i+1)); done; wait; echo waited
echo done | tr a-z A-Z ; echo end;
cd /; (cd /tmp; pwd); pwd
a=1; { a=2; }; echo $a; (a=3); echo $a
true | a=4; echo $a
exec 3>&1; echo to three | cat >&3
trap 'echo bye' EXIT; echo last | cat
