#!/bin/sh
# keeper.sh - the one part of Synoptic that stays root: it starts and stops one bpftrace with one program, and nothing else.
#
# Started by keeper.ts with:
#   $PROGRAM        the composed script, fixed for the keeper's life
#   $CAPABILITIES   what bpftrace may keep of root's powers, as setpriv writes it: -all,+bpf,+perfmon
#   "$@"            the bpftrace command
#   stdin           one word a line: start, stop (SIGTERM), kill (SIGKILL), skips
#   stdout          bpftrace's own, then "! exit STATUS" alone on a line once it has ended
#   fd 3            "running PID" once a started bpftrace can be stopped; "skips N", when asked, and before the first signal
#                   that ends it: how often the kernel skipped its programs (recursion_misses)
#
# When stdin ends, because the service stopped or was killed, bpftrace is ended too. When this keeper is killed, bpftrace's
# next heartbeat meets a closed pipe and ends it: no way leaves one behind.
set -u
ulimit -l unlimited 2>/dev/null || :	# kernels before 5.11 count BPF maps against it

run() {
	setpriv --bounding-set "$CAPABILITIES" -- "$@" -B full - 3>&- <<-EOF &
	$PROGRAM
	EOF
	child=$!
	# Whoever asked may be gone: what is to be ended is ended all the same.
	trap '' PIPE
	trap 'end TERM' TERM
	trap 'end KILL' USR2
	trap answer USR1
	# setpriv becomes bpftrace: the pid is the same.
	echo "running $child" >&3
	# A trapped signal ends wait early: wait again until there is nobody left to wait for.
	while wait "$child"; status=$?; kill -0 "$child" 2>/dev/null; do :; done
	printf '\n! exit %s\n' "$status"
}

# What was skipped ends with bpftrace, so it is read before the first signal that ends it. A trap may be served in the midst of another, before its first
# command even, and dash then replaces $? by what it was before both: nothing here asks for a status. In $( ) no trap is served.
child= reading= again= due= ended=
answer() {
	again=yes
	case $reading in yes) return ;; esac
	reading=yes
	look
	reading=
	case $due in '') return ;; esac
	set -- "$due"
	due= ended=yes
	kill "-$1" "$child" 2>/dev/null
}
look() {
	case $again/$ended in yes/) again=; skips; look ;; esac
}
end() {
	case $due in KILL) ;; *) due=$1 ;; esac
	answer
}

# sh reads a character a call: which of the files are programs is asked once while the files are the same.
files= programs=
skips() {
	set -- "/proc/$child/fdinfo/"*
	case $* in
	*'*') return ;;	# it is gone
	"$files") ;;
	*) programs=$(find_programs "$@") files=$* ;;
	esac
	echo "skips $(sum_misses $programs)" >&3
}
find_programs() {
	for file; do
		while read -r key value; do
			[ "$key" != prog_type: ] || { echo "$file"; break; }
		done <"$file"
	done 2>/dev/null
}
sum_misses() {
	total=0
	for file; do
		while read -r key value; do
			[ "$key" != recursion_misses: ] || total=$((total + value))
		done <"$file"
	done 2>/dev/null
	echo "$total"
}

runner=
tell() { [ -z "$runner" ] || kill "-$1" "$runner" 2>/dev/null || :; }
while read -r word; do
	case $word in
	start) run "$@" <&- & runner=$! ;;
	stop) tell TERM ;;
	kill) tell USR2 ;;
	skips) tell USR1 ;;
	esac
done
# The service is gone, or done. A bpftrace that does not end when asked to is ended.
if [ -n "$runner" ]; then
	tell TERM
	{ sleep 2; tell USR2; } <&- >&- 2>&- 3>&- &
	timer=$!
	wait "$runner"
	kill "$timer" 2>/dev/null || :
fi
