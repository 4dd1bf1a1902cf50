# What this shell has beyond POSIX, and where POSIX leaves it open.
cd /tmp; d=/tmp/extensions.$$; mkdir $d; cd $d
{ echo out; echo err >&2; } &>both; cat both
{ echo more; echo err >&2; } &>>both; cat both
echo 12>num; cat num
echo -e 'a\tb\x41\0102\c' not; echo; echo -E 'a\tb' 'plain\n'; echo -ne 'no newline\n'; echo 'back\slash'; echo -x -; echo --
i=5; echo $((i++)) $((++i)) $i $((i--)) $((--i)) $i
source_me=1; echo 'echo "sourced $source_me $*"' >file; source ./file; source ./file with arguments
x='a  b'; export E=$x; readonly R=$x; echo "$E|$R"; f() { local l=$x; echo "$l"; }; f
[ a == a ] && echo equal
echo $(exit 7)$?
printf 'read x\ndata\necho got $x\n' | sh
sh /nonexistent 2>/dev/null; echo $?
echo 2>/dev/null </nonexistent; echo $?
a=b; case $a in b) echo one ;; esac; echo ${#a} ${a}
name() { echo "underscore and digits"; }; name
: >binary; printf 'x\0y' >binary; chmod +x binary; ./binary 2>/dev/null; echo $?
printf 'echo no interpreter line $1' >script; chmod +x script; ./script argument
sh --help | head -n 1
sleep 5 & set -- $(jobs); echo "$@"; kill $!; wait $!; echo $?
history | head -n 1; alias ll='echo alias'; alias; command -V cd; type cd
echo "$LINENO"
cd /; rm -r $d
