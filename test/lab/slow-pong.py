"""Answers each PING with PONG after SECONDS: slow-pong.py PORT SECONDS. Says `ready` once it listens."""
import socket
import sys
import threading
import time

port, seconds = int(sys.argv[1]), float(sys.argv[2])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(16)
print("ready", flush=True)


def answer(connection):
    with connection:
        try:
            while connection.recv(1000):
                time.sleep(seconds)
                connection.sendall(b"+PONG\r\n")
        except ConnectionError:
            pass  # whoever asked does not wait any more


while True:
    threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
