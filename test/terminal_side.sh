#!/bin/sh
# Says "foreground" or "background" at its start and whenever its process group gains or loses the terminal: what a shell
# prints for `fg` comes before the job has the terminal, so a key that is meant for the job must wait for the job's own word.
before=
while :; do
    read -r pid name state parent group session terminal owner rest < /proc/self/stat
    if [ "$group" = "$owner" ]; then now=foreground; else now=background; fi
    [ "$now" = "$before" ] || echo "$now"
    before=$now
done
