# A shell script of the ordinary kind, for BusyBox's ash: test_static_programs.py runs it here and on Linux and compares
# what it prints. Nothing in it depends on the machine: no pid, no date, no path outside the directory it runs in.

title() { echo; echo "== $* =="; }

title variables
name=world
echo "hello, $name" '$name' "${name}s" "${#name}"
echo "${none:-default} ${none:=assigned} $none ${none:+other} [${nothing:+other}]"
file=archive.tar.gz
echo "${file%.*} ${file%%.*} ${file#*.} ${file##*.} ${file/tar/zip}"
echo "${name:1:3} ${file:8}"
(: "${unset_one:?is not set}") 2>/dev/null || echo "status $?"
set -- one "two words" three
echo "$# $1 $2 $3"; shift; echo "$# $1"
for word in "$@"; do echo "<$word>"; done
for word in $*; do echo "[$word]"; done
IFS=:; set -- $(echo a:b::c); echo "$#"; unset IFS
readonly fixed=1
(fixed=2) 2>/dev/null || echo "cannot change it"
unset name; echo "[${name-gone}]"

title arithmetic
i=7
echo $((i * 6)) $((i % 4)) $((i << 3)) $((i > 3 && i < 5)) $((~i)) $((i ? 1 : 2)) $((0x1f)) $((017))
echo $((i += 3)) $((i++)) $i $((-7 / 2)) $((2147483647 * 4)) $(((1 + 2) * 3))
let "i = i * 2"; echo $i
expr 3 + 4 \* 2; expr abcdef : 'abc\(.*\)'; expr length hello; expr 3 \> 4 || echo "expr says $?"

title conditions
[ -n "$file" ] && echo "not empty"
[ 5 -lt 10 ] && [ ! 5 -gt 10 ] && echo "numbers"
[ abc \< abd ] && echo "strings"
test -d . -a ! -f . && echo "a directory"
if false; then echo no; elif true; then echo elif; else echo no; fi
case $file in
    *.zip) echo zip ;;
    *.tar.gz|*.tgz) echo tarball ;;
    *) echo other ;;
esac
case 7 in [0-5]) echo low ;; [6-9]) echo high ;; esac
! false && echo "not false"
true && false || echo "and, or"

title loops
n=0
while [ $n -lt 5 ]; do
    n=$((n + 1))
    [ $n -eq 2 ] && continue
    [ $n -eq 4 ] && break
    echo "while $n"
done
until [ $n -eq 0 ]; do n=$((n - 1)); done; echo "until $n"
for i in 1 2 3; do
    for j in a b c; do
        [ $j = b ] && continue 2
        echo "$i$j"
    done
done
for i in $(seq 3 -1 1); do printf '%d ' $i; done; echo

title functions
factorial() {
    local n=$1
    if [ "$n" -le 1 ]; then echo 1; else echo $((n * $(factorial $((n - 1))))); fi
}
factorial 10
swap() { set -- "$2" "$1"; echo "$@"; }
swap left right
returns() { return 42; }
returns; echo "returned $?"
outer() { inner() { echo "inner of $1"; }; inner "$1"; }
outer x; inner y
scope() { local v=inside; v2=$v; }
v=outside; scope; echo "$v $v2"
type factorial | sed 's/^\(.*function\).*/\1/'
unset -f inner; inner 2>/dev/null || echo "gone: $?"

title here documents
cat <<END
expanded: $v $((1 + 1)) $(echo command)
	with a tab \$escaped
END
cat <<'END'
not expanded: $v $((1 + 1))
END
cat <<-END
	tabs are taken away
	END
while read -r first rest; do echo "$rest $first"; done <<END
1 one and more
2 two
END

title redirections
echo first > out; echo second >> out; cat < out
echo to stderr 2>&1 >/dev/null >&2 | cat
ls nothing 2> err || echo "ls failed: $?"; grep -c nothing err
{ echo one; echo two >&2; } > both 2>&1; cat both
exec 3> third; echo "to three" >&3; exec 3>&-; cat third
exec 4< out; read line <&4; echo "$line"; read line <&4; echo "$line"; read line <&4 || echo "end"; exec 4<&-
: > empty; [ -s empty ] || echo "is empty"
set -C; (echo no > out) 2>/dev/null || echo "noclobber"; echo yes >| out; cat out; set +C
(exec > sub; echo inside); cat sub

title pipes
seq 100 | grep 7 | wc -l
printf 'c\nb\na\nb\n' | sort | uniq -c | sort -rn | head -1
echo "a b c" | { read x y z; echo "$z$y$x"; }
false | true; echo "pipe: $?"
yes | head -3 | tr '\n' ' '; echo
seq 5 | while read k; do sum=$((sum + k)); echo "$sum"; done | tail -1
set -o pipefail; false | true; echo "pipefail: $?"; set +o pipefail
mkfifo channel; (seq 3 > channel &) ; cat channel; rm channel

title subshells and substitution
(cd /; pwd); (exit 3); echo "subshell $?"
x=$(echo nested $(echo deep $(echo deeper))); echo "$x"
y=`echo back \`echo quoted\``; echo "$y"
z=$(printf 'trailing\n\n\n'); echo "[$z]"
echo "$(cat <<END
a here document in a substitution
END
)"
eval 'w="evaluated $((3 * 3))"'; echo "$w"
a=1; (a=2; echo $a); echo $a
{ a=3; }; echo $a

title background jobs
(exit 5) & wait $!; echo "waited: $?"
for k in 1 2 3; do (echo "job $k" > job$k) & done; wait; cat job1 job2 job3
sleep 100 & kill $!; wait $! ; echo "killed: $?"
(kill -9 $(sh -c 'echo $PPID')) ; echo "killed itself: $?"
{ sleep 0; echo quick; } & wait
(trap 'echo terminated; exit 9' TERM; kill -TERM $(sh -c 'echo $PPID'); echo no); echo "trap: $?"

title traps
(trap 'echo leaving' EXIT; echo inside)
(trap 'echo "got INT"' INT; kill -INT $(sh -c 'echo $PPID'); echo after)
(trap '' TERM; kill -TERM $(sh -c 'echo $PPID'); echo ignored)
(set -e; false; echo no); echo "errexit: $?"
(set -u; echo "$undefined_name") 2>/dev/null || echo "nounset"
(trap 'echo usr1 >> signals' USR1; for k in 1 2 3; do kill -USR1 $(sh -c 'echo $PPID'); done); wc -l < signals

title globs
mkdir -p g/sub; touch g/a1 g/a2 g/b1 g/.hidden 'g/with space' g/sub/deep
cd g
echo *; echo a?; echo [ab]1; echo [!a]*; echo */deep; echo nothing*; echo .h*
for f in *\ *; do echo "<$f>"; done
set -f; echo *; set +f
cd ..

title read and printf
printf '%s-%05d-%x-%c-%%-%.3f-%5s|%-5s|\n' text 42 255 char 3.14159 right left
printf '%b' 'tab\there\n'; printf '%s %s\n' one two three four
echo 'a:b:c' | { IFS=: read p q r; echo "$r $q $p"; }
printf 'one\\\ntwo\n' | { read joined; echo "$joined"; }
printf 'one\\ntwo\n' | { read -r raw; echo "$raw"; }
printf 'abc' | { read -n 2 part; echo "$part"; }
echo -n 'no newline'; echo; echo -e 'a\tb\x41'
getopts_test() {
    OPTIND=1
    while getopts ab:c opt; do
        case $opt in a|c) echo "flag $opt" ;; b) echo "b=$OPTARG" ;; *) echo "bad" ;; esac
    done
    shift $((OPTIND - 1)); echo "rest: $*"
}
getopts_test -a -b value -c x y; getopts_test -bjoined; getopts_test -z 2>/dev/null

title aliases and builtins
alias greet='echo aliased'
eval greet
command echo "a command"; command -v echo; type cd | sed 's/.* //'
umask; umask 027; umask; touch masked; ls -l masked | cut -c1-10; umask 022
pwd | grep -c /; cd g && cd - > /dev/null; cd g/sub; cd ../..; ls -d g
times > /dev/null && echo "times"
ulimit -n > /dev/null && echo "ulimit"
hash -r; true; : ; echo "status $?"
echo 'sourced_value=yes; sourced() { echo "sourced: $1"; }' > sourced; . ./sourced; sourced $sourced_value

title text tools
cat > words <<END
apple 3 red
banana 12 yellow
cherry 7 red
date 1 brown
elder 20 black
END
sed -n '2,3p' words; sed 's/\([a-z]*\) \([0-9]*\)/\2 \1/; /date/d' words
sed -e '/banana/{s/yellow/YELLOW/;p}' -e '$!d' words; sed 'N;s/\n/ + /' words; sed '1!G;h;$!d' words
awk '{s += $2; c[$3]++} END {print s; for (k in c) print k, c[k]}' words | sort
awk -F' ' 'NR % 2 {printf "%-8s|%5d|%s\n", $1, $2, toupper(substr($3, 1, 3))}' words
awk 'BEGIN {while (i < 4) print i++ * 2; split("a,b,c", p, ","); print p[2], length(p), match("hello", /l+/), RLENGTH}'
awk '{gsub(/e/, "E"); print}' words | head -2; awk 'function f(n) {return n < 2 ? n : f(n-1) + f(n-2)} BEGIN {print f(15)}'
grep -n 'r' words | head -3; grep -v red words | wc -l; grep -E '^(a|b)' words; grep -o '[0-9]\+' words | sort -n | tail -1
sort -k2 -n words | cut -d' ' -f1 | tr '\n' ' '; echo; sort -k3,3 -k1,1r words | head -2; sort -u -k3,3 words | wc -l
tail -n +4 words; head -c 12 words; tail -c 6 words; tac words | head -1; rev words | head -1
paste -d, words words 2>/dev/null | head -1; cut -c1-3 words | uniq -w1 2>/dev/null | head -2; fold -w 10 words | head -3; nl words | head -2
tr -d aeiou < words | head -1; tr -s l < words | head -1; expand -t 4 words | head -1

title files
mkdir -p tree/a/b tree/c; echo x > tree/a/b/one; echo yy > tree/c/two; ln -s two tree/c/link; ln tree/c/two tree/c/hard
find tree | sort; find tree -type f -name 't*'; find tree -type l; find tree -size -2 -type f | wc -l
find tree -name one -exec cat {} \; ; find tree -type d | sort -r | head -1; find tree -type f | sort | xargs wc -c | tail -1
cp -r tree copy; diff -r tree copy && echo "same"; echo z >> copy/c/two; cmp tree/c/two copy/c/two || echo "differs: $?"
diff tree/c/two copy/c/two; mv copy moved; ls moved; readlink moved/c/link; stat -c '%s %a %h %F' tree/c/two; rm -r moved; ls moved 2>/dev/null || echo "removed"
tar cf t.tar tree; tar tf t.tar | sort; mkdir x; tar xf t.tar -C x; diff -r tree x/tree && echo "tar: same"
tar czf t.tgz tree && gzip -t t.tgz && gunzip -c t.tgz | tar tf - | wc -l; seq 1000 | gzip -9 | gunzip | md5sum; seq 1000 | bzip2 | bunzip2 | sha256sum
dd if=/dev/zero of=zeros bs=1k count=3 2>/dev/null; wc -c < zeros; od -An -tx1 -N4 zeros; echo "dump me" | od -c | head -1; echo abc | hexdump -C | head -1
chmod 640 words; ls -l words | cut -c1-10; chmod u+x,g-r words; stat -c %a words; touch -d '2020-01-02 03:04:05' old; date -u -r old +%Y-%m-%dT%H:%M:%S; [ words -nt old ] && echo newer
basename /a/b.c .c; dirname /a/b.c; truncate -s 5 out; wc -c < out
date -u -d @86400 +%F; cal 2 2024 | head -3; echo 'scale=2; 10/4' | bc; echo '2 3 + p' | dc; factor 360; seq -s, 5

title a program: words by how often they stand
count_words() {
    tr -cs 'a-zA-Z' '\n' | tr A-Z a-z | sort | uniq -c | sort -k1,1nr -k2 | head -${1:-5} |
        while read count word; do
            bar=
            k=0
            while [ $k -lt $count ]; do
                bar="$bar#"
                k=$((k + 1))
            done
            printf '%-10s %3d %s\n' "$word" "$count" "$bar"
        done
}
count_words 4 <<END
The quick brown fox jumps over the lazy dog. The dog sleeps; the fox does not.
A fox is a fox is a fox, and the dog is the dog.
END

title a program: a stack machine
stack=
push() { stack="$1 $stack"; }
pop() { popped=${stack%% *}; stack=${stack#* }; }
calculate() {
    stack=
    for token in "$@"; do
        case $token in
            [0-9]*) push $token ;;
            +|-|x|/)
                pop; second=$popped
                pop; first=$popped
                [ $token = x ] && token='*'
                push $((first $token second))
                ;;
            *) echo "what is $token?"; return 1 ;;
        esac
    done
    pop
    echo "$* -> $popped"
}
calculate 1 2 +
calculate 3 4 x 5 -
calculate 100 7 / 2 x 3 4 + +
calculate 1 banana || echo "status $?"

title a program: primes
sieve() {
    local limit=$1 n=2 m
    while [ $n -le $limit ]; do
        eval "m=\${composite_$n:-no}"
        if [ $m = no ]; then
            printf '%d ' $n
            m=$((n * n))
            while [ $m -le $limit ]; do
                eval "composite_$m=yes"
                m=$((m + n))
            done
        fi
        n=$((n + 1))
    done
    echo
}
sieve 100

title a program: workers and a log
mkdir work
worker() {
    local task
    for task in 1 2 3; do
        echo "worker $1 task $task" >> work/log.$1
    done
    mv work/log.$1 work/done.$1
}
for k in 1 2 3 4 5; do
    worker $k &
done
wait
cat work/done.* | wc -l
ls work | sort | tr '\n' ' '; echo
sort work/done.* | sed -n '1p;$p'

title a program: a table
{
    echo "name,qty,price"
    echo "bolt,120,0.25"
    echo "nut,300,0.10"
    echo "gear,7,14.50"
} > table.csv
total=0
{
    read header
    while IFS=, read -r item quantity price; do
        cents=$(echo "$price" | tr -d .)
        cents=${cents#0}
        line=$((quantity * cents))
        total=$((total + line))
        printf '%6s %4d x %5s = %3d.%02d\n' "$item" "$quantity" "$price" $((line / 100)) $((line % 100))
    done
    printf 'total %d.%02d\n' $((total / 100)) $((total % 100))
} < table.csv

title the end
exit 3
