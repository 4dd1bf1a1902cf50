# What bash has beyond POSIX, as scripts for Linux use it: test_static_programs.py compares the output with Linux's.
title() { echo; echo "== $* =="; }

title arrays
a=(one "two words" three)
a+=(four); a[9]=ten
echo "${a[1]} ${#a[@]} ${!a[@]} ${a[-1]}"
printf '<%s>' "${a[@]}"; echo
echo "${a[@]:1:2}" "${a[@]/o/0}" "${a[@]#t}"
unset 'a[0]'; echo "${a[@]}"
declare -A map=([red]=1 [green]=2); map[blue]=3
for k in $(printf '%s\n' "${!map[@]}" | sort); do echo "$k=${map[$k]}"; done
[[ -v map[red] ]] && echo "has red"
declare -i number=3+4; number+=5; echo $number
declare -r constant=1; (constant=2) 2>/dev/null || echo "constant"
declare -a copy=("${a[@]}"); echo "${#copy[@]}"
declare -p number

title strings
s="Hello, World"
echo "${s^^} ${s,,} ${s:7} ${s: -5:3} ${s//o/0} ${s/#Hello/Bye} ${#s}"
printf -v made '%05d|%q' 42 'a b'; echo "$made"
echo $'tab\there' "${s@Q}"
echo {a,b}{1..3} {01..03} {z..x}
IFS=, read -r x y z <<< "1,2,3"; echo "$z $y $x"

title conditions
[[ abc == a* && abc != b* ]] && echo pattern
if [[ "key=value" =~ ^([a-z]+)=(.*)$ ]]; then echo "${BASH_REMATCH[1]} -> ${BASH_REMATCH[2]}"; fi
[[ 10 -gt 9 && ! -e nothing ]] && echo and
((3 > 2 ? 1 : 0)) && echo arithmetic
(( x = 5, y = x ** 3 )); echo $y $((2#1011)) $((36#zz))
case abc in a*) echo first ;;& *c) echo second ;; esac
shopt -s extglob; [[ foobar == @(foo|bar)* ]] && echo extglob
shopt -s nullglob; none=(nothing*); echo ${#none[@]}; shopt -u nullglob

title loops
for ((i = 0; i < 3; i++)); do echo -n "$i "; done; echo
select choice in red green; do echo "$REPLY: $choice"; break; done <<< 2 2>/dev/null
while read -r -d ';' part; do echo "[$part]"; done <<< 'a;b;c;'
mapfile -t lines < <(printf 'l1\nl2\nl3\n'); echo "${#lines[@]} ${lines[2]}"
readarray -n 2 two < <(seq 9); echo "${two[@]}"

title processes
diff <(seq 3) <(seq 4) ; cat <(echo substituted) - <<< stdin
tee >(tr a-z A-Z > upper) <<< "to a process" > /dev/null; while [ ! -s upper ]; do :; done; cat upper
coproc worker { while read -r line; do echo "got $line"; done; }
echo ping >&"${worker[1]}"; read -r answer <&"${worker[0]}"; echo "$answer"
eval "exec ${worker[1]}>&-"; wait $worker_PID; echo "coproc ended: $?"
sleep 0 & wait -n; echo "wait -n: $?"
(exit 4) & p=$!; wait $p; echo "status $?"
echo "${PIPESTATUS[@]}"; true | false | (exit 3); echo "${PIPESTATUS[@]}"
(ulimit -n 64; ulimit -n); (ulimit -f 8; ulimit -f); (ulimit -c 0; ulimit -c); (ulimit -S -s 1024; ulimit -s)
exec {fd}> opened; echo through >&$fd; exec {fd}>&-; cat opened
{ echo out; echo err >&2; } &> both; cat both; echo more &>> both; wc -l < both
kill -l TERM; sleep 50 & disown; kill %% 2>/dev/null || kill $!; echo "killed"
time true 2> /dev/null; TIMEFORMAT=; time true

title functions and traps
f() { local -n reference=$1; reference=changed; }
f target; echo $target
g() { trap 'echo "returning"' RETURN; echo "in ${FUNCNAME[0]} from ${FUNCNAME[1]}"; }; g; trap - RETURN
(trap 'echo "line error $?"' ERR; false; true)
(trap 'echo bye' EXIT; trap 'echo usr; exit 2' USR1; kill -USR1 $BASHPID; sleep 5); echo "status $?"
(set -euo pipefail; false | true; echo no); echo "strict: $?"
debugged=0; trap '((debugged++))' DEBUG; :; :; trap - DEBUG; echo $((debugged > 1))
caller_name() { caller 0 | cut -d' ' -f2; }; outer() { caller_name; }; outer
export -f outer caller_name; bash -c outer
recursive() { (( $1 == 0 )) && return; echo -n "$1 "; recursive $(($1 - 1)); }; recursive 5; echo
printf '%(%Y)T\n' 0; echo "$BASH_SUBSHELL" $(echo "$BASH_SUBSHELL")
echo "${BASH_VERSINFO[0]}" ; type -t f cd if ls | tr '\n' ' '; echo
pushd / > /dev/null; dirs | cut -c1; popd > /dev/null
history -c; set -o | grep -c on; compgen -A builtin | wc -l
getopts x option -x; echo $option; let "v=6*7"; echo $v; echo $(( RANDOM >= 0 ))
exit 7
