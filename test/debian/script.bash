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
