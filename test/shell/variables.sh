# Parameters: defaults, alternatives, cutting, length, special ones.
unset u; e=; v=value
echo "1 ${u-default} ${e-default} ${v-default}"
echo "2 ${u:-default} ${e:-default} ${v:-default}"
echo "3 ${u+alt} ${e+alt} ${v+alt}"
echo "4 ${u:+alt} ${e:+alt} ${v:+alt}"
echo "5 ${u=assigned} $u"; unset u
echo "6 ${u:=assigned2} $u ${e:=filled} $e"
unset u; e=
(echo "${u?message}") 2>/dev/null; echo "7 $?"
(echo "${e:?message}") 2>/dev/null; echo "8 $?"
(echo "${v?message}"); echo "9 $?"
path=/usr/local/lib/libfoo.so.1
echo "${path#*/} ${path##*/} ${path%/*} ${path%%/*} ${path%.*} ${path%%.*}"
echo "${path#/usr} ${path%1} ${path#nomatch} ${path%nomatch}"
star='a*b*c'
echo "${star#a\*} ${star#"a*"} ${star%%\**}"
pattern='*/'
echo "${path##$pattern} ${path##"$pattern"}"
echo "${#v} ${#e} ${#path} ${#u}"
set -- one "two words" three
echo "$# $1 $2 $3 ${2} $*"
echo "${#} ${#1} ${#2}"
printf '<%s>' "$@"; echo
printf '<%s>' "$*"; echo
printf '<%s>' $@; echo
printf '<%s>' $*; echo
printf '<%s>' x"$@"y; echo
IFS=:; printf '<%s>' "$*"; echo; IFS=' 	
'
set --
printf '<%s>' "$@"; echo "[$#]"
printf '<%s>' "$*"; echo
set -- 1 2 3 4 5 6 7 8 9 ten eleven
echo "${10} ${11} $10"
shift; echo $1 $#; shift 3; echo $1 $#
echo ${u:-a b c} "${u:-a b  c}"
printf '<%s>' ${u:-a "b c" d}; echo
printf '<%s>' "${u:-a 'b' c}"; echo
echo "${u:-$(echo sub)}" "${u:-${v}}" ${u:-${e:-deep}}
echo "${v:+"quoted"}" ${v:+'single'}
a=1 b=2 c=$a$b; echo $a $b $c
a=b=c; echo $a
x=$v$v"$v"'v'; echo $x
x='  spaced  out  '; echo $x; echo "$x"; y=$x; echo "$y"
true; echo $?; false; echo $?; (exit 42); echo $?
f() { echo ${0##*/}; echo $# "$@"; }
f a b
unset v; echo "[${v}]"
VAR=temp; VAR=other sh -c 'echo $VAR'; echo $VAR
VAR=other eval 'echo $VAR'
one=1; one=2 two=$one; echo $one $two
export EXPORTED=yes; sh -c 'echo ${EXPORTED-no} ${VAR-no}'
readonly RO=1; (RO=2) 2>/dev/null; echo $? $RO
local_test() { local v=inner w; echo $v "[$w]"; v=changed; }
v=outer; local_test; echo $v
_under_score9=ok; echo $_under_score9
echo "$v." "$v/" "${v}s" "$v-x"
echo "$" "a$" $ "$ x"
