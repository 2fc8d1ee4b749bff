// A process that holds sockets in a network namespace, told what to do line by line on stdin (JSON), answering each on stdout.
// It never closes half of a connection by itself. Connections are numbered in the order in which they were made or accepted.
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const made = [];
const accepted = [];
/** Peers that must end before `acceptedEnd` answers. */
const ended = new Set();
const waiting = new Map();
const keep = [];

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

const listening = (server, options) =>
  new Promise((resolve, reject) => {
    keep.push(server);
    server.on('error', reject);
    server.listen(options, () => resolve(server.address().port));
  });

/** One connection, closed by us first; its local port once both ends are closed. */
const visit = (options) =>
  new Promise((resolve, reject) => {
    let port = 0;
    const socket = connect(options, () => {
      port = socket.localPort;
      socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(port));
    socket.resume();
  });

const commands = {
  listen: ({ host, port = 0, ipv6Only = false }) =>
    listening(
      createServer({ allowHalfOpen: true }, (socket) => {
        const index = accepted.push(socket) - 1;
        socket.on('error', () => {});
        socket.on('end', () => {
          ended.add(index);
          waiting.get(index)?.();
        });
        socket.resume();
      }),
      { host, port, ipv6Only },
    ),
  /** As `listen`, but closes each connection as soon as its peer has. */
  serve: ({ host, port = 0, backlog = 511 }) =>
    listening(
      createServer((socket) => socket.on('error', () => {}).resume()),
      { host, port, backlog },
    ),
  /** Answers once connected, or at once with `wait: false`. */
  connect: ({ host, port, localPort, wait = true }) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port, localPort, allowHalfOpen: true });
      const index = made.push(socket) - 1;
      socket.on('error', wait ? reject : () => {});
      socket.resume();
      if (wait) socket.on('connect', () => resolve(index));
      else resolve(index);
    }),
  localPort: ({ index }) => made[index].localPort,
  /** The code of the error that a connection attempt meets; null where it meets none. */
  refused: ({ host, port }) =>
    visit({ host, port }).then(
      () => null,
      (error) => error.code,
    ),
  /** `count` connections to a `serve`, `parallel` at a time, no more than `perSecond`; answers their local ports. */
  burst: async ({ host, port, count, parallel = 8, perSecond = Number.POSITIVE_INFINITY }) => {
    const ports = [];
    const startMs = performance.now();
    let begun = 0;
    const lane = async () => {
      while (begun < count) {
        const earlyMs = startMs + (begun++ * 1000) / perSecond - performance.now();
        if (earlyMs > 1) await delay(earlyMs);
        ports.push(await visit({ host, port }));
      }
    };
    await Promise.all(Array.from({ length: parallel }, lane));
    return ports;
  },
  write: ({ index, text }) => new Promise((resolve) => made[index].write(text, () => resolve(true))),
  end: ({ index }) => new Promise((resolve) => made[index].end(() => resolve(true))),
  /** close(2) without waiting for the peer's end. */
  destroy: ({ index }) => new Promise((resolve) => made[index].destroy().on('close', () => resolve(true))),
  reset: ({ index }) => new Promise((resolve) => made[index].resetAndDestroy().on('close', () => resolve(true))),
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
