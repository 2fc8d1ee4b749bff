// A process that holds sockets in a network namespace, told what to do line by line on stdin (JSON), answering each on stdout.
// It never closes half of a connection by itself. Connections are numbered in the order in which they were made or accepted.
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const made = [];
const accepted = [];
/** Peers that must end before `acceptedEnd` answers. */
const ended = new Set();
const waiting = new Map();
const keep = [];

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const commands = {
  listen: ({ host, port = 0, ipv6Only = false }) =>
    new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        const index = accepted.push(socket) - 1;
        socket.on('error', () => {});
        socket.on('end', () => {
          ended.add(index);
          waiting.get(index)?.();
        });
        socket.resume();
      });
      keep.push(server);
      server.on('error', reject);
      server.listen({ host, port, ipv6Only }, () => resolve(server.address().port));
    }),
  /** Answers once connected, or at once with `wait: false`. */
  connect: ({ host, port, wait = true }) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, allowHalfOpen: true });
      const index = made.push(socket) - 1;
      socket.on('error', reject);
      socket.resume();
      if (wait) socket.on('connect', () => resolve(index));
      else resolve(index);
    }),
  end: ({ index }) => new Promise((resolve) => made[index].end(() => resolve(true))),
  acceptedEnd: ({ index }) => new Promise((resolve) => accepted[index].end(() => resolve(true))),
  /** Answers once the peer of an accepted connection has sent its FIN. */
  peerEnded: ({ index }) => new Promise((resolve) => (ended.has(index) ? resolve(true) : waiting.set(index, () => resolve(true)))),
  acceptedCount: () => accepted.length,
  rename: ({ bytes }) => writeFileSync('/proc/self/comm', Buffer.from(bytes, 'base64')),
};

// Each command is answered before the next is begun.
let last = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  last = last.then(async () => {
    const { does, ...rest } = JSON.parse(line);
    try {
      say({ value: (await commands[does](rest)) ?? null });
    } catch (error) {
      say({ error: String(error) });
    }
  });
});
process.stdin.on('close', () => process.exit(0));
say({ value: 'ready' });
