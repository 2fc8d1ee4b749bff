"""Listens on ADDRESS with TCP Fast Open, says its port, and answers PING, as Redis writes it, or `PING n` with `PONG n`, for as long as
its peers stay. Says `syn` for each connection whose first bytes came in the SYN, `later` for the others.
"""
import socket, sys, threading

TCP_FASTOPEN, TCP_INFO, TFO_CHILD = 23, 11, 0x80


def serve(connection):
    try:
        answer(connection)
    except ConnectionError:
        pass  # the peer closes as it likes
    connection.close()


def answer(connection):
    said = False
    while data := connection.recv(1000):
        if not said:
            options = connection.getsockopt(socket.IPPROTO_TCP, TCP_INFO, 8)[5]
            print("syn" if options & TFO_CHILD else "later", flush=True)
            said = True
        connection.sendall(data.replace(b"PING", b"PONG") if data.startswith(b"PING") else b"+PONG\r\n")


listener = socket.socket()
listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 16)
listener.bind((sys.argv[1], 0))
listener.listen(16)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
