#!/bin/bash
# What shell scripts do all day, in bash, with Debian's tools. test_debian.py runs it in the guest and on Linux; both must
# print script.out, byte for byte. Needs a writable directory as its argument.
set -u
export LC_ALL=C
work=${1:?a directory}/script
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1

section() { printf '== %s ==\n' "$*"; }

# ---- variables and expansion ----
section expansion
name=faultline.tar.gz
echo "${name%.gz} ${name%%.*} ${name#*.} ${name##*.} ${#name} ${name:3:4} ${name: -2}"
echo "${name/t/T} ${name//t/T} ${name^} ${name^^} ${unset_one:-default} ${name:+set}"
echo {a..e} {1..10..3} pre{x,y,z}post "$((7 * 6))" "$((2 ** 40))" "$((0x1f + 017 + 2#1011))"
IFS=: read -r first second rest <<<"one:two:three:four"
echo "$first|$second|$rest"
printf '%5d|%-6s|%06.2f|%x|%o|%c|%q\n' 42 left 3.14159 255 8 z 'a b$c'
printf '%s,' one two three; echo
printf -v padded '%04d' 17; echo "$padded"

# ---- arrays ----
section arrays
list=(zero one 'two words' three)
list+=(four)
echo "${#list[@]} ${list[2]} ${list[-1]} ${list[*]:1:2} ${!list[*]}"
unset 'list[1]'
for i in "${!list[@]}"; do printf '%d=%s;' "$i" "${list[i]}"; done; echo
declare -A colour=([apple]=red [banana]=yellow [lime]=green)
colour[plum]=purple
for key in $(printf '%s\n' "${!colour[@]}" | sort); do printf '%s:%s ' "$key" "${colour[$key]}"; done; echo
mapfile -t lines < <(printf 'l%d\n' 1 2 3)
echo "${#lines[@]} ${lines[2]}"
sorted=($(printf '%s\n' 9 2 7 1 | sort -n)); echo "${sorted[@]}"

# ---- functions and recursion ----
section functions
factorial() { local n=$1; ((n <= 1)) && echo 1 || echo $((n * $(factorial $((n - 1))))); }
factorial 10
fibonacci() {
    local a=0 b=1 i
    for ((i = 0; i < $1; i++)); do ((a = a + b, b = a - b)); done
    echo "$a"
}
fibonacci 40
swap_names() { local -n one=$1 two=$2; local t=$one; one=$two; two=$t; }
x=left y=right; swap_names x y; echo "$x $y"
status() { return "$1"; }
status 7; echo "status $?"
outer() { local v=outer; inner; echo "$v"; }; inner() { v=inner; }; outer

# ---- tests and case ----
section tests
touch empty; echo full >full; ln -s full link; mkdir dir; chmod 750 full
[[ -e empty && ! -s empty && -s full && -L link && -d dir ]] && echo files
[[ abc == a* && abc != *d && abc =~ ^a(b)c$ ]] && echo "match ${BASH_REMATCH[1]}"
[ 10 -gt 9 ] && [[ 10 < 9 ]] && echo 'number and text'
[[ full -nt nonexistent ]] && echo newer
for word in start-x middle 42 ''; do
    case $word in
        start*) echo "begins: $word" ;;
        [0-9]*) echo "number: $word" ;;
        '') echo nothing ;;
        *) echo "other: $word" ;;
    esac
done
stat -c '%a %s %F' full link; stat -c '%a %F' dir

# ---- here documents ----
section 'here documents'
who=reader
cat <<TEXT
Dear $who, $((1 + 1)) lines
	with a tab
TEXT
cat <<'TEXT' | tr a-z A-Z
$who stays as it is
TEXT
cat <<-TEXT
	tabs are gone
	TEXT
exec 7<<<'from descriptor seven'; read -r line <&7; exec 7<&-; echo "$line"

# ---- files, redirection, descriptors ----
section redirection
{ echo out; echo err >&2; } >both 2>&1; cat both
exec 5>fifth; echo five >&5; echo more >&5; exec 5>&-; wc -l <fifth
echo appended >>fifth; tail -n 1 fifth
ls nonexistent 2>/dev/null || echo "ls: $?"
set -o noclobber; { echo x >fifth; } 2>/dev/null || echo 'not clobbered'; set +o noclobber
diff <(seq 1 5) <(seq 2 6); echo "diff: $?"
tee copy1 copy2 <full | cat; cmp copy1 copy2 && echo same
tee >(wc -c >counted) <full >/dev/null; while [[ ! -s counted ]]; do :; done; cat counted

# ---- pipelines ----
section pipelines
seq 1 1000 | gawk '{ s += $1 } END { print s, NR }'
seq 1 100 | grep -c 7
seq 1 20 | sed -n '/5$/,/8$/p' | paste -sd' '
printf 'the quick brown fox\njumps over the lazy dog\nthe end\n' >text
tr -s ' ' '\n' <text | sort | uniq -c | sort -k1,1nr -k2 | head -n 3
gawk '{ for (i = 1; i <= NF; i++) n[length($i)]++ } END { for (l = 1; l < 8; l++) if (n[l]) printf "%d:%d ", l, n[l]; print "" }' text
sed -E 's/([a-z]+) ([a-z]+)/\2 \1/' text
cut -d' ' -f2 text | sort -r | tr '\n' ' '; echo
false | true; echo "${PIPESTATUS[@]}"
set -o pipefail; false | true; echo "pipefail $?"; set +o pipefail
yes | head -n 100000 | md5sum
echo {1..500} | xargs -n 100 echo | wc -l
seq 1 6 | xargs -P 3 -I{} sh -c 'echo $(({} * {}))' | sort -n | paste -sd,

# ---- find and globs ----
section find
mkdir -p tree/{a,b}/{1,2}; for f in tree/{a,b}/{1,2}/file.{txt,log}; do echo "$f" >"$f"; done
find tree -type f -name '*.txt' | sort
find tree -type f -exec cat {} + | sort | tail -n 1
find tree -name '*.log' -print0 | xargs -0 rm; find tree -type f | wc -l
shopt -s nullglob globstar extglob
echo tree/**/*.txt | wc -w; echo tree/*/!(1) ; echo none*
files=(tree/?/[12]); echo "${#files[@]}"
shopt -u nullglob; echo none*

# ---- loops ----
section loops
while read -r a b _; do echo "$b $a"; done <text
n=0; until ((n >= 3)); do ((n++)); [[ $n == 2 ]] && continue; printf '%d ' "$n"; done; echo
for ((i = 0, j = 10; i < j; i += 3, j--)); do printf '%d-%d ' "$i" "$j"; done; echo
total=0; for f in /etc/passwd /etc/group; do total=$((total + $(grep -c root "$f"))); done; echo "$((total > 1))"
select_from() { local PS3='? '; select choice in red green; do echo "chose $choice"; break; done; }
select_from <<<2 2>/dev/null
i=0; while :; do ((++i == 5)) && break; done; echo "$i"

# ---- jobs, traps, signals ----
section traps
trap 'echo "trap USR1"' USR1; kill -USR1 $$; trap - USR1
(trap 'echo "leaving $?"' EXIT; exit 3); echo "subshell $?"
sleep 60 & pid=$!; kill "$pid"; wait "$pid" 2>/dev/null; echo "killed: $?"
(exit 5) & wait $!; echo "background: $?"
for k in 3 1 2; do (echo "job $k") & done | sort; wait
trap 'echo "line: $BASH_COMMAND"' DEBUG; : one; trap - DEBUG
coproc doubler { while read -r v; do echo $((v * 2)); done; }
echo 21 >&"${doubler[1]}"; read -r answer <&"${doubler[0]}"; echo "$answer"
doubling=$doubler_PID; exec {doubler[1]}>&-; wait "$doubling"; echo "coproc $?"
timeout 0.2 sleep 10; echo "timeout $?"
mkfifo pipe; (echo through the fifo >pipe) & cat pipe; wait
sh -c 'kill -SEGV $$' 2>/dev/null; echo "segv $?"

# ---- words counted, lines mapped, options parsed ----
section data
declare -A count=() first_line=(); declare -i number=0
while read -ra words; do
    number+=1
    for word in "${words[@]}"; do ((count[$word] += 1)); : "${first_line[$word]:=$number}"; done
done <text
for word in the end fox; do printf '%s=%d@%d ' "$word" "${count[$word]}" "${first_line[$word]}"; done; echo "${#count[@]}"
[[ -v count[fox] && ! -v count[cat] ]] && echo 'keys are told apart'
on_lines() { printf 'at %d: %s;' "$1" "$2"; }
mapfile -t -s 1 -n 4 -c 2 -C on_lines picked < <(seq 10 10 90); echo " ${picked[*]}"
mapfile -d '' -t found < <(find tree -name '*.txt' -print0 | sort -z); echo "${#found[@]} ${found[-1]##*/}"
printf -v 'picked[5]' '%s-%s' a b; echo "${!picked[*]} ${picked[5]@Q} ${picked[*]/#/+}"
TZ=UTC printf '%(%F %T)T|%-8.3s|%+d|%e|%b\n' 0 truncated 7 12345.678 'tab\there'
parse() {
    local OPTIND=1 OPTARG flag
    while getopts ':vn:' flag; do
        case $flag in
            v) printf 'verbose ' ;;
            n) printf 'n=%s ' "$OPTARG" ;;
            :) printf 'no value for %s ' "$OPTARG" ;;
            *) printf 'unknown %s ' "$OPTARG" ;;
        esac
    done
    shift $((OPTIND - 1)); echo "rest=$*"
}
parse -v -n 5 file other; parse -vn7 -x -- -v; parse -n
for version in bash-5.2 make-4 none; do
    [[ $version =~ ^([a-z]+)-([0-9]+)(\.([0-9]+))?$ ]] && echo "${BASH_REMATCH[*]:1:2} ${BASH_REMATCH[4]:-no minor}" || echo "no: $version"
done
PS3='which? '; select colour_name in "${colour[@]}" quit; do
    echo "$REPLY: ${colour_name:-wrong}"; [[ $colour_name == quit ]] && break
done 2>menu <<<$'9\n5'; tail -c 8 menu; echo; head -n 1 menu | wc -w

# ---- text tools with programs of several lines ----
section text
cat >table <<'TEXT'
10:pear:Lyon:3.5
2:apple:Turin:1.25
33:fig:Lyon:12
4:date:Basel:0.5
TEXT
sort -t: -k3,3 -k4,4nr table | cut -d: -f1,2; sort -t: -k1,1n table | head -n 1; sort -V <<<$'v1.10\nv1.9\nv1.2' | paste -sd' '
join -t: -1 3 -2 1 -o 1.2,2.2 <(sort -t: -k3,3 table) <(printf 'Basel:CH\nLyon:FR\nParis:FR\n')
comm -3 <(seq 1 5) <(seq 3 7) | tr '\t' '>'; comm -12 <(seq 1 5) <(seq 3 7) | paste -sd+
gawk -F: '
    function bar(n,    s) { while (n-- > 0) s = s "#"; return s }
    { sum[$3] += $4; line[NR] = $0 }
    $2 ~ /^[a-d]/ { names = names (names ? "," : "") toupper($2) }
    END {
        for (city in sum) printf "%-6s %6.2f %s\n", city, sum[city], bar(sum[city]) | "sort -k2,2n"
        close("sort -k2,2n"); print names
        "echo from a command" | getline reply; print reply, length(line)
        sorter = "sort -n"; for (i = 1; i <= NR; i++) print substr(line[i], 1, 2) + 0 |& sorter
        close(sorter, "to"); while ((sorter |& getline key) > 0) printf "%s ", key; print close(sorter)
    }' table
cat >reverse.sed <<'TEXT'
# words into lines of their own, the lines reversed, the first one marked
s/:/\n/g
s/$/\n/
:again
s/^([^\n]+)\n(.*\n)?$/\2<\1>/
t done
b
:done
s/^/* /
w written
TEXT
sed -nEf reverse.sed <<<'single'; cat written; sed -n '1!G;h;$p' table | head -n 2; sed -i.bak '/fig/d;s/pear/plum/' table; diff table.bak table
grep -Eon '[0-9]+\.[0-9]+' table; grep -c . table; grep -vw plum table | grep -q plum; echo "grep $?"; grep -rlZ a/1 tree | xargs -0 -n 1 basename
nl -ba -w3 -s'|' table | tail -n 1; tac table | rev | head -n 1; fold -w 7 <<<'folded at seven'; numfmt --to=iec 1048576 | od -An -c
printf 'a b\nb c\nd b\n' | tsort | paste -sd' '; shuf -i 1-9 --random-source=/dev/zero | sort -n | uniq -u | wc -l

# ---- bytes and attributes of files ----
section bytes
printf 'abcdefgh' >letters; dd if=letters of=letters bs=1 skip=2 seek=6 count=2 conv=notrunc status=none; cat letters; echo
dd if=letters bs=4 count=1 conv=swab,ucase status=none | od -An -tx1; od -Ad -tu2 -N4 letters; cmp -l letters <(echo -n abcdxxcd) | wc -l
dd if=/dev/zero of=sparse bs=1 count=1 seek=1M 2>&1 | head -n 2; stat -c '%s %F %h' sparse; truncate -s 10 sparse; wc -c <sparse
touch -d '2001-02-03 04:05:06.5 UTC' old; TZ=UTC stat -c '%y %Y' old; touch -r old older; [[ old -nt older || old -ot older ]] || echo 'same time'
TZ=UTC date -d @0 '+%A %j %s'; TZ=Asia/Tokyo0 date -d '1970-01-02 00:00' +%s; TZ=EST5EDT date -d '2024-03-10 12:00 UTC' '+%H:%M %Z'
made=$(mktemp -d "$work/made.XXXXXX"); [[ -d $made && $(stat -c %a "$made") == 700 ]] && echo 'made by mktemp'
ln full hard; [[ full -ef hard ]] && stat -c %h hard; install -m 4711 -D full "$made/in/here"; stat -c '%A %a' "$made/in/here"
(cd tree && tar cf - .) | (cd "$made" && tar xpf - --exclude='b*' && find . -type f -printf '%P %m %s\n' | sort)
find "$made" -mindepth 1 -maxdepth 2 \( -name in -prune -o -type d -printf '%f\n' \) | sort | paste -sd' '; find "$made" -name here -perm /4000 -newer old -execdir sh -c 'echo "$1 $0"' {} found \;
find tree -type d -empty -delete -o -name '*.txt' -size -2 -exec sh -c 'for f; do echo "${f%/*}"; done' sh {} + | sort -u | paste -sd' '
realpath --relative-to=tree/a tree/b/2; mkdir -p p/q/r && rmdir -p p/q/r && [[ ! -e p ]] && echo removed; split -n l/2 table part.; wc -l part.aa | cut -d' ' -f1

# ---- limits, locks, more of traps and of waiting ----
section limits
(ulimit -c 0; ulimit -f 1; dd if=/dev/zero of=large bs=4k count=2 status=none) 2>/dev/null; echo "dd $? $(stat -c %s large)"
(ulimit -n 20; last=; while exec {fd}<full; do last=$fd; done; echo "last descriptor $last") 2>/dev/null
exec 9>lock; flock 9; flock -n lock echo never; echo "flock $?"; exec 9>&-; flock -n lock echo 'locked at once'
(trap 'echo "error $? in line of false"' ERR; set -E; failing() { false; }; failing; echo after)
(set -e; trap 'echo "exit $?"' EXIT; false; echo never); echo "set -e: $?"
returning() { trap 'echo returns' RETURN; :; }; returning; trap - RETURN
waited_for() { until [[ $(<"/proc/$$/stat") == *') S '* ]]; do :; done; }  # `wait -n` knows no job whose end was seen before
wait; (waited_for; exit 3) & wait -n; echo "first $?"; ends=(); for s in 21 22 23; do (exit "$s") & ends+=($!); done
for s in "${ends[@]}"; do wait "$s"; echo $?; done; wait -n; echo $?
sleep 60 & one=$!; (waited_for; exit 6) & two=$!; wait -n -p which "$two"; echo "$? $((which == two))"; kill -KILL "$one"; wait "$one" 2>/dev/null; echo $?
bash -c 'trap "" TERM; kill $$; trap - TERM; echo ignored; kill $$; echo never'; echo "term $?"; kill -l 9 15 143 | paste -sd' '
set -m; (kill -STOP "$BASHPID"; exit 9) & wait %%; echo "stopped $?"; kill -CONT %%; wait -f %%; echo "went on $?"; set +m
read -r -t 0.05 nothing <>pipe; echo "read $?"; exec {fifo}<>pipe; echo kept >&"$fifo"; read -r kept <&"$fifo"; exec {fifo}>&-; echo "$kept"
{ read -r -n 3 three; read -r -d ';' until; read -r after; } <<<$'abcdef;ghi'; echo "$three $until $after"
while ! mkdir gate 2>/dev/null; do :; done; (rmdir gate) & until mkdir gate 2>/dev/null; do :; done; wait; echo 'through the gate'
exec {in}< <(seq 3) {out}> >(sort -rn >reversed; echo >flag); cat <&"$in" >&"$out"; exec {in}<&- {out}>&-; until [[ -s flag ]]; do :; done; cat reversed
(exec -a another bash -c 'echo "$0"'); env -i A=1 sh -c 'echo "$A ${HOME-no home}"'; command -v cd; type -t section if; nice -n 5 nice
timeout -s KILL 0.1 sleep 60; echo "killed by timeout $?"; readlink /proc/self/fd/7 7<full | xargs basename; [[ -t 0 ]] || echo 'no terminal'
pushd tree/a >/dev/null; pushd ../b >/dev/null; echo "${#DIRSTACK[@]} ${PWD##*/}"; popd >/dev/null; cd - >/dev/null; echo "${PWD##*/}"; cd "$work" || exit

# ---- substitution, eval, arithmetic, options ----
section rest
echo "$(echo nested "$(echo deep "$(echo deeper)")")"
command="printf '%s-%s\n' a b"; eval "$command"
echo $((10 / 3)) $((10 % 3)) $((-7 / 2)) $((1 << 20 | 5)) $((5 > 3 ? 1 : 0)) $((x2 = 4, x2 *= 3))
while getopts 'ab:c' flag -a -b value -c; do printf '%s=%s ' "$flag" "${OPTARG:-}"; done; echo
(ulimit -n 64; ulimit -n); umask 027; touch masked; stat -c %a masked
date -u -d @1000000000 '+%Y-%m-%d %H:%M:%S'; basename /usr/lib/x.so .so; dirname /usr/lib/x.so
echo "$BASH_SUBSHELL $(echo $BASH_SUBSHELL) ${FUNCNAME[0]-main} $#"
tar cf - tree | gzip -9 | gzip -dc | tar tf - | sort | head -n 3
expr 6 '*' 7; seq -s+ 1 5; factor 1000003 65536; printf 'b\na\n' | sort -C || echo unsorted
head -c 300000 /dev/zero | sha256sum; base64 <<<'round trip' | base64 -d
echo 'a,b;c' | gawk -F'[,;]' -v OFS=/ '{ $1 = $1; print }'; echo done
