"""A TCP connection's position, read from one socket and given to another (TCP_REPAIR, include/uapi/linux/tcp.h). Needs CAP_NET_ADMIN."""

import socket
import struct

TCP = socket.IPPROTO_TCP
REPAIR, QUEUE, QUEUE_SEQ, OPTIONS, TIMESTAMP, WINDOW = 19, 20, 21, 22, 24, 29
RECV_QUEUE, SEND_QUEUE = 1, 2
ON, OFF_SILENTLY = 1, -1
# Options as they stand in a SYN.
MSS, WSCALE, SACK_PERMITTED, TIMESTAMPS = 2, 3, 4, 8
WINDOW_BYTES = 20


def position(s):
    """Where both directions stand, with the options that were agreed on."""
    s.setsockopt(TCP, REPAIR, ON)
    seqs = []
    for queue in (SEND_QUEUE, RECV_QUEUE):
        s.setsockopt(TCP, QUEUE, queue)
        seqs.append(s.getsockopt(TCP, QUEUE_SEQ) & 0xFFFFFFFF)
    info = s.getsockopt(TCP, socket.TCP_INFO, 8)
    found = {
        "snd": seqs[0],
        "rcv": seqs[1],
        "options": info[5],
        "wscale": info[6],
        "mss": s.getsockopt(TCP, socket.TCP_MAXSEG),
        "timestamp": s.getsockopt(TCP, TIMESTAMP) & 0xFFFFFFFF,
        "window": list(struct.unpack("5I", s.getsockopt(TCP, WINDOW, WINDOW_BYTES))),
        "local": s.getsockname(),
        "remote": s.getpeername(),
    }
    s.setsockopt(TCP, REPAIR, OFF_SILENTLY)
    return found


def restored(at, snd=0, rcv=0, timestamp=0):
    """A new socket at position `at`, moved by `snd` and `rcv` bytes and `timestamp` milliseconds; not a segment is sent."""
    shift = lambda value, by: (value + by) & 0xFFFFFFFF
    s = socket.socket()
    s.setsockopt(TCP, REPAIR, ON)
    for queue, seq in ((SEND_QUEUE, shift(at["snd"], snd)), (RECV_QUEUE, shift(at["rcv"], rcv))):
        s.setsockopt(TCP, QUEUE, queue)
        s.setsockopt(TCP, QUEUE_SEQ, struct.pack("I", seq))
    s.bind(tuple(at["local"]))
    s.connect(tuple(at["remote"]))
    options = struct.pack("II", MSS, at["mss"])
    if at["options"] & 4:
        options += struct.pack("II", WSCALE, (at["wscale"] & 15) | (at["wscale"] >> 4) << 16)
    if at["options"] & 2:
        options += struct.pack("II", SACK_PERMITTED, 0)
    if at["options"] & 1:
        options += struct.pack("II", TIMESTAMPS, 0)
        s.setsockopt(TCP, TIMESTAMP, struct.pack("I", shift(at["timestamp"], timestamp) & ~1))
    s.setsockopt(TCP, OPTIONS, options)
    wl1, snd_wnd, max_window, rcv_wnd, wup = at["window"]
    s.setsockopt(TCP, WINDOW, struct.pack("5I", shift(wl1, rcv), snd_wnd, max_window, rcv_wnd, shift(wup, rcv)))
    s.setsockopt(TCP, REPAIR, OFF_SILENTLY)
    return s


def forget(s):
    """Closes without a segment: the far end is not told, as when its host lost power or every FIN was lost."""
    s.setsockopt(TCP, REPAIR, ON)
    s.close()
