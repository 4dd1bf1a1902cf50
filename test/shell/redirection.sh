# Redirections and here-documents.
d=/tmp/redirection.$$; mkdir $d; cd $d
echo one >f; cat f; echo two >>f; cat f; cat <f
echo x >f y; cat f
>empty; [ -f empty ] && [ ! -s empty ] && echo empty
{ echo out; echo err >&2; } >o 2>e; cat o e
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >/dev/null | while read l; do echo "piped $l"; done
ls nonexistent 2>/dev/null || echo failed
cat 2>/dev/null <nonexistent || echo failed again
exec 3>three; echo to3 >&3; exec 3>&-; cat three
exec 4<f; read a b <&4; echo "$a $b"; exec 4<&-
(echo x >&3) 2>/dev/null || echo closed
echo a 1>b; cat b; echo 2 >c; cat c
set -C; (echo clobber >f) 2>/dev/null || echo refused; echo forced >|f; cat f; set +C
exec 5<>rw; echo readwrite >&5; exec 5>&-; cat rw
name=var.txt; echo named >$name; cat var.txt; echo named2 >"$name"; cat <${name}
cat <<END
plain $name `echo back` $(echo dollar) $((1+1))
  \$escaped \\ \` "quotes" 'single'
joined \
line
END
cat <<'END'
literal $name `x` \$ \
END
cat <<\END
also literal $name
END
cat <<-END
	tabs stripped
		both
	END
cat <<A; cat <<B
first
A
second
B
cat <<END | tr a-z A-Z
piped here
END
while read x; do echo "[$x]"; done <<END
l1
l2
END
f() { cat <<END
in function $1
END
}
f arg
if true; then cat <<END
nested
END
fi
cat <<END >out.txt
to file
END
cat out.txt
x=$(cat <<END
in substitution
END
); echo "$x"
cat <<""
until empty line

cat <<END
END
echo "after empty"
cat 0<<END
zero
END
{ cat; echo more; } <<END >grouped
group
END
cat grouped
for i in 1 2; do echo $i; done >loop; cat loop
if true; then echo iftrue; fi >ifout; cat ifout
while read x; do echo "w$x"; done <loop
(echo sub) >sub; cat sub
big=$(i=0; while [ $i -lt 400 ]; do echo "line number $i of a long here-document"; i=$((i+1)); done)
cat <<END | wc -l | tr -d ' '
$big
END
echo order >o1 >o2; cat o2; [ -s o1 ] || echo "o1 empty"
true >created; [ -e created ] && echo created
cat <<END; echo same line
text
END
echo a>noblank;cat<noblank
exec 6>&1 >all; echo hidden; exec >&6 6>&-; echo visible; cat all
cd /; rm -r $d
