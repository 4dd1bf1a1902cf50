# File name patterns.
d=/tmp/globs.$$; mkdir $d; cd $d
mkdir sub sub2 .hid; >a.c; >b.c; >ab.h; >.hidden; >sub/x.c; >sub/y.c; >sub2/x.c; >'sp ace'; >'st*r'; >a1; >a2; >aZ; >-dash
echo *; echo *.c; echo a*; echo ?.c; echo [ab].c; echo a[0-9]; echo a[!0-9]; echo a[[:digit:]]; echo a[[:upper:]]
echo .h*; echo */; echo */*.c; echo sub*/x.c; echo ./*.c; for f in $d/*.h; do echo ${f#$d/}; done
echo *.none; echo "*.c" '*.c' \*.c; x='*.c'; echo $x "$x"
echo st\*r st"*"r st*r 's'*; for f in s*; do echo "[$f]"; done
echo [; echo a[; echo []; echo [a; echo a]; echo [!a]*
set -f; echo *.c; set +f; echo *.c
echo sub/../a.*; echo *//x.c; echo .*/ | tr ' ' '\n' | grep hid
y=$(echo *.c); echo "$y"
case abc in a*c) echo m1;; esac; case a.c in [a-c].c) echo m2;; esac; case ']' in []]) echo m3;; esac; case - in [a-]) echo m4;; esac
case 'a]b' in a[]]b) echo m5;; esac; case x in [!]]) echo m6;; esac; case '[' in [[]) echo m7;; esac; case b in [a"-"c]) echo no;; *) echo m8;; esac
case '\' in '\') echo m9;; esac; case 'a\b' in a\\b) echo m10;; esac; case abcabc in *abc) echo m11;; esac; case aXbXc in a*X*c) echo m12;; esac
case '' in *) echo m13;; esac; case '' in ?) echo no;; *) echo m14;; esac
cat *.c >/dev/null && echo catted; echo "*"*; for f in $d/sub/*.c; do echo ${f#$d/}; done
rm -r ./*; echo *; cd /; rm -r $d
