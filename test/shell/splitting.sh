# Field splitting with white space and other separators.
show() { printf '%d:' $#; printf '<%s>' "$@"; echo; }
x=' a  b	c
d '
show $x; show "$x"
IFS=:
x=a:b::c:; show $x
x=:a; show $x
x=::; show $x
x='a b:c d'; show $x
IFS=' :'
x='a : b::c  d : '; show $x
x=' : a'; show $x
IFS=
x='a b'; show $x; set -- 1 '2 3'; show $*; show "$*"; show $@
unset IFS
x='a b'; show $x
IFS=' 	
'
show $(echo 1 2; echo 3) "$(echo 1 2; echo 3)"
show x$(echo 1 2)y
show $(echo) "$(echo)"
e=; show $e "$e" ''$e $e$e a$e
IFS=,; x='1,2,3'; set -- $x; show "$@"; y=$x; show "$y"; IFS=' '
show ${x#1,} 
for i in $x; do echo "i=$i"; done
IFS=x; y=axbxc; for i in $y; do echo $i; done
IFS=' 	
'
case $x in 1,2,3) echo unsplit;; esac
