"""A listener that never accepts, and clients that connect to it: queue.py BACKLOG CLIENTS. Says its port; tries at the first
line that it reads, accepts from the second on, until it is ended."""
import socket
import sys
import time

backlog, clients = int(sys.argv[1]), int(sys.argv[2])
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(backlog)
port = listener.getsockname()[1]
print(port, flush=True)
sys.stdin.readline()
kept = []
for _ in range(clients):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    kept.append(client)
    time.sleep(0.01)
print("tried", flush=True)
sys.stdin.readline()
listener.setblocking(True)
print("accepting", flush=True)
accepted = []
while True:
    accepted.append(listener.accept())
