"""Holds COUNT connections to HOST PORT that the kernel's own timer ends 2 s after their peer has gone silent (keep-alive, one probe).

Says `open` once they are made, then the number that ended by ETIMEDOUT once all have ended.
"""
import errno, select, socket, sys

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sockets = {}
poll = select.poll()
for _ in range(count):
    s = socket.create_connection((host, port))
    sockets[s.fileno()] = s
for s in sockets.values():
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 1)):
        s.setsockopt(socket.IPPROTO_TCP, option, value)
    poll.register(s, select.POLLIN)
print("open", flush=True)
sys.stdin.readline()
for s in sockets.values():
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
timed_out = 0
while sockets:
    ready = poll.poll(20_000)
    if not ready:
        break
    for fd, _ in ready:
        s = sockets.pop(fd)
        timed_out += s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ETIMEDOUT
        poll.unregister(fd)
        s.close()
print(timed_out, flush=True)
