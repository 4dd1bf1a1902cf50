# Quotes, backslashes and what counts as one word.
show() { printf '<%s>' "$@"; echo; }
show 'single $x `no` "quotes" \n' "double 'x' \$ \\ \" \a"
show a\ b \'c\' \"d\" \\
show "" '' a"b"'c'd
x='two  words'
show $x "$x" '$x' \$x "$x"$x
show "a
b" c\
d "e\
f"
show "${x}tail" "pre${x}" pre$x
show "`echo "nested quotes"`" "$(echo "nested ) paren")"
show 'it'\''s' "it's"
show a#b # comment
show "#" \# '#'
empty=
show $empty
show "$empty"
show $empty"" x$empty
show -n -- -e
echo "tab	inside"
show "a*b" 'c?d' \[e]
show "a\$b\`c\"d\\e\fg"
