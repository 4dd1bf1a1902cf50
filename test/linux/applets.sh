# BusyBox's applets, one use or several each, that ash.sh does not use. Run by BusyBox's ash, as there.
run() { printf '$ %s\n' "$*"; "$@"; status=$?; [ $status -eq 0 ] || echo "status $status"; }

printf 'one\ntwo\nthree\nfour\nfive\n' > five
printf 'alpha\tbeta\r\ngamma\r\n' > dos

run ascii | head -3
run awk 'END {print NR}' five
run base64 five
base64 five | run base64 -d
run basename /usr/lib/libc.so .so
run cat -n five
run cat -A dos
run chgrp 7 five
run chown 3:4 five
run stat -c '%u %g %a %s' five
run cmp -s five dos
run cp -p five six
run stat -c '%u %g' six
find five six dos | run cpio -o -H newc 2>/dev/null > archive.cpio
mkdir out; cd out; run cpio -i < ../archive.cpio 2>/dev/null; run ls; cd ..
run crc32 five
run cut -c2-3 five
run cut -s -f2 dos
run dd if=five of=part bs=1 skip=4 count=3
run cat part
run dirname /usr/lib/libc.so
run dos2unix dos; run od -c dos
run unix2dos dos; run wc -c dos
printf '2d\n1s/one/ONE/\nw edited\nq\n' | run ed five
run cat edited
run egrep 't(wo|hree)' five
run env -i A=1 B=2 env
run expr 10 % 3
run false
run fgrep -c e five
run fold -w 2 five
run getopt ab: -a -b x rest
run grep -c . five
run gzip -k five; run zcat five.gz
run head -n 2 five
run hexdump -C part
run id -u; run id -un; run id -gn
run ipcalc -n 192.168.3.77/24
run link five linked; run stat -c %h five
run ln -sf five pointer; run readlink -f pointer | sed 's|.*/||'
run logname 2>/dev/null >/dev/null; echo
run ls -1 out
run md5sum five; md5sum five > sums; run md5sum -c sums
run sha1sum five; run sha256sum five; run sha512sum five; run sha3sum five
run mkdir -p deep/er/est; run rmdir -p deep/er/est; run ls -d deep
run mkfifo pipe; run stat -c %F pipe
run mknod null c 1 3; run stat -c '%F %t %T' null
run mktemp -u | wc -c
run mv six seven; run ls seven
run nohup echo nohup 2>/dev/null
run nl -ba five
run od -An -tu1 part
run paste five five
printf -- '--- five\n+++ five\n@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n' > change
run patch five change; run cat five
run printf '%x\n' 255
run realpath out/../five | sed 's|.*/||'
run renice -n 2 1 > /dev/null 2>&1; echo
run rev five
mkdir parts; printf '#!/bin/sh\necho a part\n' > parts/one; chmod +x parts/one; run run-parts --test parts
run sed -n '$=' five
run seq -w 8 10
run setsid echo a session
run sh -c 'echo $0 $#' name 1 2
run shred -n 1 -z -u part; ls part 2>/dev/null || echo shredded
run shuf -e a | cat
run sleep 0
run sort -r five
run stat -f -c %l . > /dev/null
run strings five
run sync
run tac five
run tail -c 5 five
echo tee | run tee teed; run cat teed
run test 3 -ge 2
run time true 2> /dev/null
run timeout 5 echo in time; run timeout -s KILL 0.1 sleep 5
run touch -d @1000000000 dated; run stat -c %Y dated
run tr abc xyz < five
run true
run truncate -s 1K big; run stat -c %s big
run ts '' < /dev/null
run tty
run uname -s
run unexpand -a five
run uniq -d five
run unlink linked; run stat -c %h five
run usleep 1
run uuencode -m five remote; uuencode five decoded < five | run uudecode -o back; run cmp five back
run wc five
run which which | sed 's|.*/||'
run whoami
run xargs -n 2 echo < five
run xxd -p five
run yes no | head -2
run zcat five.gz | run md5sum
run hostid > /dev/null
run hostname > /dev/null
run nproc > /dev/null
run pidof nothing-like-this
run kill -l 9
run killall nothing-like-this 2>/dev/null
run uptime > /dev/null
run free > /dev/null
run df . > /dev/null
run ps > /dev/null
run dmesg -n 4
run chroot . /nothing 2>/dev/null
run vi -c q five > /dev/null 2>&1 < /dev/null
