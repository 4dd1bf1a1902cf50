# Builtins.
echo -n no newline; echo; echo; echo a  b   c
printf 'plain\n'; printf '%s\n' a b c; printf '%d %i %o %x %X %u\n' 10 -5 8 255 255 7
printf '[%5d][%-5d][%05d][%+d]\n' 42 42 42 42; printf '[%5s][%-5s][%.2s][%5.1s]\n' abc abc abc abc
printf '%c%c\n' hello x; printf '%%\n'; printf '%s %s\n' one; printf '\101\t|\n'; printf '%b\n' 'a\tb\0101'
printf '%d\n' 0x10 010 "'A"; printf '%s-%s\n' 1 2 3 4 5; printf '[%*d]\n' 6 42; printf 'no args %s %d|\n'
printf '%b|' 'stop\cnever'; echo; printf 'x%5%\n' >/dev/null 2>&1; printf '%s\n' "a\nb"
test 1 -eq 1; echo $?; [ 1 -lt 2 ]; echo $?; [ 2 -lt 1 ]; echo $?; [ a = a ]; echo $?; [ a != a ]; echo $?
[ -n x ]; echo $?; [ -z x ]; echo $?; [ x ]; echo $?; [ '' ]; echo $?; [ ]; echo $?; [ ! x ]; echo $?; [ ! '' ]; echo $?
[ -d / ]; echo $?; [ -f / ]; echo $?; [ -e /nonexistent ]; echo $?; [ -r / -a -d / ]; echo $?; [ 1 = 2 -o 2 = 2 ]; echo $?
[ \( 1 = 1 \) -a ! 2 = 3 ]; echo $?; [ -n = ]; echo $?; [ = = = ]; echo $?; [ ! = x ]; echo $?; [ -f = -f ]; echo $?; [ ! ]; echo $?; [ -n ]; echo $?
[ 5 -ge 5 ] && [ 5 -le 5 ] && [ 5 -ne 6 ] && [ 6 -gt 5 ] && echo numbers; [ abc \< abd ] && echo less
[ x -eq 1 ] 2>/dev/null; echo $?; [ 1 2>/dev/null; echo $?
cd /tmp && pwd; cd / && pwd; cd - ; echo $OLDPWD $PWD; cd /; cd nonexistent 2>/dev/null || echo no dir
mkdir -p /tmp/cdtest.$$/a/b; cd /tmp/cdtest.$$/a/b; cd ..; p=$(pwd); echo ${p##*/}; cd ../..; pwd; cd ./; pwd; cd //; cd /; rmdir /tmp/cdtest.$$/a/b /tmp/cdtest.$$/a /tmp/cdtest.$$
HOME=/tmp; cd; pwd; echo ~ ~/x; x=~/y; echo $x; p=~/a:~/b; echo $p; echo a~ "~" \~; cd /
read a b c <<END
one two  three four
END
echo "$a|$b|$c"
read -r a <<'END'
back\slash \n
END
printf '%s\n' "$a"
read a <<'END'
joined \
line
END
printf '%s\n' "$a"
echo 'x:y:z:' | { IFS=: read a b; echo "$a|$b"; }
echo 'x:y:' | { IFS=: read a b; echo "$a|$b"; }
echo '  lead trail  ' | { read a; echo "[$a]"; }; echo ' p q ' | { read a b; echo "[$a][$b]"; }; echo ' p q r ' | { IFS= read a; echo "[$a]"; }
read x </dev/null; echo $?; printf 'noeol' | { read x; echo $? $x; }
printf 'l1\nl2\nl3\n' | { read a; read b; cat; echo $a $b; }
umask 022; umask; umask 077; umask; umask -S; umask u=rwx,go=rx; umask; umask 022
f() { echo "$@"; }; command echo cmd; command -v cd; command -v f; command -v nonexistent; echo $?; command -v if
type cd if; type f | grep -c function; type nonexistent_x >/dev/null 2>&1; echo $?
alias foo='echo aliased'; alias foo; unalias foo; alias foo 2>/dev/null; echo $?
set -- -a -b val -c rest more; while getopts ab:c o; do echo "$o ${OPTARG-}"; done; shift $((OPTIND-1)); echo "$@"
OPTIND=1; set -- -abval -x; while getopts :ab: o; do echo "$o ${OPTARG-}"; done; OPTIND=1; set -- -b; getopts :b: o; echo "$o $OPTARG"
trap 'echo trapped' USR1; kill -USR1 $$; echo after; trap - USR1; trap
trap 'echo exit trap' EXIT; trap; (echo in subshell); trap - EXIT
(trap 'echo sub exit' EXIT; echo body); (trap 'echo x; exit 5' EXIT; exit 3); echo $?
trap '' TERM; kill -TERM $$; echo survived; trap - TERM; sh -c 'trap "echo got; exit 6" TERM; kill $$; echo no'; echo $?
kill -l 9; kill -l 130; kill -0 $$; echo $?; kill -9 nonsense 2>/dev/null; [ $? -ne 0 ] && echo bad pid
sh -c 'kill -9 $$'; echo $?; sh -c 'kill -TERM $$'; echo $?
sleep 0.1 & p=$!; wait $p; echo $?; (exit 5) & wait $!; echo $?; wait; echo $?; wait 99999 2>/dev/null; echo $?
true & false & wait; echo $?; x=$(echo bg & wait); echo $x; [ -n "$!" ] && echo has pid
eval 'echo eval' "'a  b'"; eval "x=5;" 'y=6'; echo $x $y; : ignored $(echo sub); echo $?
exec 2>&1; (exec echo execed; echo no); sh -c 'exec true'; echo $?; (exec nonexistent_cmd) 2>/dev/null; echo $?
nonexistent_cmd 2>/dev/null; echo $?; /nonexistent/cmd 2>/dev/null; echo $?; /tmp 2>/dev/null; echo $?; >/tmp/noexec.$$; chmod 644 /tmp/noexec.$$; /tmp/noexec.$$ 2>/dev/null; echo $?; rm /tmp/noexec.$$
echo 'echo sourced $1 $#; v=set; return 4; echo no' >/tmp/src.$$; . /tmp/src.$$; echo $? $v; rm /tmp/src.$$; (. /nonexistent) 2>/dev/null; [ $? -ne 0 ] && echo no file
echo 'echo script ${0%.*} $1 $#' >/tmp/scr.$$; sh /tmp/scr.$$ a b; chmod +x /tmp/scr.$$; /tmp/scr.$$ c; rm /tmp/scr.$$
sh -c 'echo $0 $1 $#' name arg; echo 'echo from stdin $1' | sh -s arg1
export A=1 B=2; readonly C=3; export -p | grep -c '[AB]='; unset A B; (unset C) 2>/dev/null || echo readonly; set | grep '^C='; export D; D=late; sh -c 'echo $D'
set -- a b; set x; echo $1 $#; set --; echo $#; set -- -x; echo $1; set -e; set +e; case $- in *e*) echo has e;; *) echo no e;; esac
false || true; times >/dev/null; ulimit -n >/dev/null; echo $?; true; false; echo $?; unset nothing; echo $?
