"""The one process of a lab host: holds sockets and does as it is told, line by line on stdin (JSON), each line answered on stdout.

    {"does": NAME, …}  →  {"value": …, "fromNs": …, "toNs": …} or {"error": …}      times are CLOCK_MONOTONIC nanoseconds

Between commands it serves its sockets. A socket is known by a number. Ends with its stdin. Usage: host.py NAME
"""

import errno
import heapq
import json
import os
import selectors
import socket
import struct
import sys
import time

import packets
import repair

now = time.monotonic
now_ns = time.monotonic_ns
poll = selectors.DefaultSelector()
timers = []
held = {}
"""How a socket ended: errno's name or `end`, and when."""
ended = {}
received = {}


def hold(s, serve):
    """`serve`: what to do with what arrives: `reply`, `discard`, `close` on sight, `unread` (left in the kernel)."""
    s.setblocking(False)
    number = len(held)
    held[number] = s
    received[number] = 0
    if serve["does"] == "close":
        s.close()
    elif serve["does"] != "unread":
        poll.register(s, selectors.EVENT_READ, lambda: take(number, serve))
    return number


def take(number, serve):
    s = held[number]
    try:
        data = s.recv(serve.get("most", 65536))
    except BlockingIOError:
        return
    except OSError as error:
        return over(number, errno.errorcode[error.errno])
    if not data:
        poll.unregister(s)
        ended[number] = ["end", now_ns()]
        if serve.get("closes", True):
            later(serve.get("closeMs", 0), s.close)
        return
    received[number] += len(data)
    if serve["does"] == "reply":
        later(serve.get("delayMs", 0), lambda: write(number, b"r" * serve.get("bytes", 16)))


def over(number, why):
    ended[number] = [why, now_ns()]
    if held[number].fileno() >= 0:
        try:
            poll.unregister(held[number])
        except KeyError:
            pass
        held[number].close()


def write(number, data):
    if held[number].fileno() < 0:
        return
    try:
        held[number].send(data)
    except BlockingIOError:
        pass
    except OSError as error:
        over(number, errno.errorcode[error.errno])


def later(ms, task):
    if ms == 0:
        task()
    else:
        heapq.heappush(timers, (now() + ms / 1000, id(task), task))


def turn(most=1.0):
    """Serves what is ready, and waits for it `most` seconds at most."""
    wait = min(most, max(0, timers[0][0] - now())) if timers else most
    for key, _ in poll.select(wait):
        key.data()
    while timers and timers[0][0] <= now():
        heapq.heappop(timers)[2]()


def serve_until(done, seconds):
    end = now() + seconds
    while not done() and now() < end:
        turn(min(0.02, end - now()))
    return done()


class Commands:
    def listen(self, host, port=0, backlog=128, serve=None, accepts=True, fastopen=0):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host, port))
        if fastopen:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, fastopen)
        s.listen(backlog)
        s.setblocking(False)
        number = len(held)
        held[number] = s
        if accepts:
            poll.register(s, selectors.EVENT_READ, lambda: self.welcome(s, serve or {"does": "reply"}))
        return {"id": number, "port": s.getsockname()[1]}

    def welcome(self, listener, serve):
        try:
            s, _ = listener.accept()
        except OSError:
            return
        hold(s, serve)

    def connect(self, host, port, local=0, waitMs=1000, userTimeoutMs=0, keepAlive=None, serve=None, buffer=0):
        """Answers once connected or failed, or after waitMs with it still under way."""
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if userTimeoutMs:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, userTimeoutMs)
        if buffer:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if keepAlive:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in zip((socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT), keepAlive):
                s.setsockopt(socket.IPPROTO_TCP, option, value)
        s.setblocking(False)
        if local:
            s.bind(("", local))
        failure = s.connect_ex((host, port))
        if failure == errno.EINPROGRESS:
            failure = self.connecting(s, waitMs)
        if failure and failure != errno.EINPROGRESS:
            s.close()
            return {"error": errno.errorcode[failure]}
        lport = s.getsockname()[1]
        return {"id": hold(s, serve or {"does": "discard", "closes": False}), "lport": lport, "error": None}

    def connecting(self, s, waitMs):
        writable = []
        poll.register(s, selectors.EVENT_WRITE, lambda: writable.append(1))
        done = serve_until(lambda: writable, waitMs / 1000)
        poll.unregister(s)
        return s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if done else errno.EINPROGRESS

    def visit(self, host, port, count=1, perSecond=1000, fastopen=False, stop=False):
        """`count` connections, each closed by us as soon as it is answered; how each ended: null or an errno's name. `stop`: at the first failure."""
        ends = []
        start = now()
        for index in range(count):
            early = start + index / perSecond - now()
            if early > 0:
                time.sleep(early)
            ends.append(visited(host, port, fastopen))
            if stop and ends[-1]:
                break
        return ends

    def send(self, ids, bytes=64):
        for number in ids:
            write(number, b"q" * bytes)

    def ask(self, ids, everyMs, bytes=64, times=0):
        """Sends again and again, until they end or `times` times."""

        def once(left):
            self.send([number for number in ids if number not in ended], bytes)
            if left != 1:
                later(everyMs, lambda: once(left - 1))

        once(times)

    def close(self, ids):
        for number in ids:
            held[number].close() if number in ended else self.leave(number)

    def leave(self, number):
        try:
            poll.unregister(held[number])
        except KeyError:
            pass
        held[number].close()

    def shutdown(self, ids):
        for number in ids:
            held[number].shutdown(socket.SHUT_WR)

    def reset(self, ids):
        for number in ids:
            held[number].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.leave(number)

    def forget(self, ids):
        for number in ids:
            poll.unregister(held[number])
            repair.forget(held[number])

    def accepted(self, lport, rport):
        """The number of the connection between these two ports; waits for it."""

        def found():
            for number, s in held.items():
                try:
                    if s.getsockname()[1] == lport and s.getpeername()[1] == rport:
                        return [number]
                except OSError:
                    pass

        serve_until(found, 5)
        return found()[0]

    def position(self, id):
        return repair.position(held[id])

    def restore(self, at, snd=0, rcv=0, timestamp=0, serve=None):
        return hold(repair.restored(at, snd, rcv, timestamp), serve or {"does": "reply"})

    def ended(self, ids):
        return [ended.get(number) for number in ids]

    def received(self, ids):
        return [received.get(number, 0) for number in ids]

    def flood(self, count, host, port, sources):
        packets.flood(count, host, port, sources)

    def announce(self, address):
        packets.announce(address)


def visited(host, port, fastopen):
    s = socket.socket()
    s.settimeout(5)
    try:
        if fastopen:
            s.sendto(b"q", socket.MSG_FASTOPEN, (host, port))
        else:
            s.connect((host, port))
            s.send(b"q")
        s.recv(64)
        return None
    except TimeoutError:
        return "ETIMEDOUT"
    except OSError as error:
        return errno.errorcode[error.errno]
    finally:
        s.close()


def obey(line):
    words = json.loads(line)
    before = now_ns()
    try:
        value = getattr(commands, words.pop("does"))(**words)
        answer = {"value": value, "fromNs": before, "toNs": now_ns()}
    except Exception as error:  # whatever it is, whoever gave the command must hear of it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)


commands = Commands()
typed = b""


def hear():
    global typed
    piece = os.read(0, 65536)
    if not piece:
        sys.exit(0)
    *lines, typed = (typed + piece).split(b"\n")
    for line in lines:
        obey(line)


with open("/proc/self/comm", "w") as comm:
    comm.write(sys.argv[1])
poll.register(0, selectors.EVENT_READ, hear)
print(json.dumps({"value": "ready", "fromNs": now_ns(), "toNs": now_ns()}), flush=True)
while True:
    turn()
