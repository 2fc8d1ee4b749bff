"""A wire that delays: carries frames between two devices, each after a time of its own, so that they overtake one another.

Usage: relay.py DEVICE DEVICE MAX_DELAY_MS DUPLICATES_PERCENT      says `ready`, then carries until it is ended
"""

import heapq
import random
import select
import socket
import sys
import time

devices, most, duplicates = sys.argv[1:3], float(sys.argv[3]) / 1000, float(sys.argv[4]) / 100
# With each frame what its sender left to the device (checksum, segments): linux/if_packet.h.
SOL_PACKET, PACKET_VNET_HDR, OUTGOING = 263, 15, 4
chance = random.Random(1)
ends = []
for device in devices:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.bind((device, 3))
    s.setblocking(False)
    ends.append(s)
other = {ends[0]: ends[1], ends[1]: ends[0]}
due = []
count = 0
print("ready", flush=True)
while True:
    wait = max(0, due[0][0] - time.monotonic()) if due else None
    for s in select.select(ends, [], [], wait)[0]:
        frame, (_, _, kind, _, _) = s.recvfrom(1 << 17)
        if kind == OUTGOING:
            continue
        for _ in range(2 if chance.random() < duplicates else 1):
            count += 1
            heapq.heappush(due, (time.monotonic() + chance.random() * most, count, other[s], frame))
    while due and due[0][0] <= time.monotonic():
        _, _, to, frame = heapq.heappop(due)
        to.send(frame)
