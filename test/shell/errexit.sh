# set -e, set -u, set -x and the exit status of everything.
sh -ec 'true; echo a; false; echo no'; echo $?
sh -ec 'false || echo b; echo c'; echo $?
sh -ec 'if false; then :; fi; echo d'; echo $?
sh -ec 'while false; do :; done; until true; do :; done; echo e'; echo $?
sh -ec '! true; echo f'; echo $?
sh -ec 'false && true; echo g'; echo $?
sh -ec 'true && false; echo no'; echo $?
sh -ec 'f() { false; echo h; }; f || echo i; echo j'; echo $?
sh -ec 'f() { false; echo no; }; f; echo no'; echo $?
sh -ec '(false); echo no'; echo $?
sh -ec '(false; echo no) || echo k'; echo $?
sh -ec 'x=$(false); echo no'; echo $?
sh -ec 'echo $(false) l'; echo $?
sh -ec 'false | true; echo m'; echo $?
sh -ec 'true | false; echo no'; echo $?
sh -ec '{ false; echo no; }'; echo $?
sh -ec 'for i in 1; do false; done; echo no'; echo $?
sh -ec 'eval false; echo no'; echo $?
sh -ec 'set +e; false; echo n'; echo $?
sh -ec 'trap "echo trap" EXIT; false'; echo $?
sh -ec '{ echo x >/nonexistent/f; } 2>/dev/null; echo no' 2>/dev/null || echo failed
sh -uc 'echo $undefined; echo no' 2>/dev/null; echo $?
sh -uc 'echo ${undefined-o}; echo "$@" $#'; echo $?
sh -uc 'x=; echo "[$x]"'; echo $?
sh -c 'set -x; echo traced; x=1; [ $x = 1 ]' 2>&1; echo $?
sh -c 'PS4="> "; set -x; echo a "b c"' 2>&1
sh -c 'exit 7'; echo $?; sh -c 'exit 256'; echo $?; sh -c '(exit 3); exit'; echo $?
sh -c 'false'; echo $?; sh -c ''; echo $?; sh -c 'false; true'; echo $?
sh -c 'f() { return 9; }; f'; echo $?
sh -c 'f() { false; return; }; f'; echo $?
sh -c 'if' 2>/dev/null; echo $?; sh -c 'echo a; )' 2>/dev/null; echo $?; sh -c 'for' 2>/dev/null; echo $?
sh -c 'echo "unterminated' 2>/dev/null; echo $?; sh -c 'case x in' 2>/dev/null; echo $?; sh -c '{ echo' 2>/dev/null; echo $?
sh -nc 'echo not run'; echo $?
sh -c 'readonly x=1; x=2; echo no' 2>/dev/null; echo $?
sh -c 'shift 5; echo no' 2>/dev/null; echo $?
sh -c ': ${x?unset}; echo no' 2>/dev/null; echo $?
sh -c '. /nonexistent; echo no' 2>/dev/null; echo $?
sh -c 'exec /nonexistent; echo no' 2>/dev/null; echo $?
sh -c 'exec nonexistent_x; echo no' 2>/dev/null; echo $?
sh -c 'exec </nonexistent; echo no' 2>/dev/null; echo $?
sh -c 'echo </nonexistent; echo yes' 2>/dev/null; echo $?
sh /nonexistent 2>/dev/null || echo no script
sh -c 'set -o errexit; false; echo no'; echo $?
sh -o nounset -c 'echo $u; echo no' 2>/dev/null; echo $?
sh -c 'echo $- | tr -d cs' ; sh -ec 'case $- in *e*) echo e;; esac'
sh -c 'kill -INT $$'; echo $?
sh -c 'sh -c "kill -SEGV \$\$"; echo $?' 2>/dev/null
