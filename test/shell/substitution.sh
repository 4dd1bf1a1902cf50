# Command substitution in both spellings.
echo $(echo a) `echo b` "$(echo c)" "`echo d`"
x=$(printf 'trailing\n\n\n'); echo "[$x]"
x=$(printf 'mid\n\ndle'); echo "$x"
echo $(echo $(echo $(echo deep)))
echo `echo \`echo nested\``
echo "$(echo "inner "quotes"")"
echo $(case x in x) echo in case;; esac)
echo $(# comment
echo after comment)
echo "a$(true)b" "[$(false)]"
x=$(false); echo $?; x=$(exit 9); echo $?
x=$(exit 3) y=$(exit 4); echo $?
echo $(echo one; echo two)
echo "$(echo one; echo two)"
f() { echo "f:$1"; }; echo $(f arg)
y=5; echo $(y=6; echo $y) $y
echo "`echo '$y' "$y"`" `echo \$y` "`echo \$y`"
echo $(cat <<END
here $y
END
)
set -- $(echo 1 2 3); echo $#
x=`echo 'back\\slash'`; echo "$x"
echo $(echo a
echo b)
n=$(i=0; while [ $i -lt 500 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done); echo ${#n}
echo "$(echo '*')" $(echo '\*')
echo $(( $(echo 3) * 2 ))
echo $()x ``y
