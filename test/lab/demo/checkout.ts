/** The client of the demo incident: a pool of connections that is used all the time, and health checks. `node checkout.ts ADDRESS PORT` */
import { connect, type Socket } from 'node:net';

const [address = '', port = ''] = process.argv.slice(2);
process.title = 'checkout';
const POOL = 12;

function open(): Socket {
  const socket = connect(Number(port), address);
  socket.on('error', () => undefined);
  return socket;
}

/** Each place of the pool: one request every 600 ms, and a new connection half a second after the old one ended. */
function place(index: number): void {
  const socket = open();
  const ask = setInterval(() => socket.write('reserve 1\n'), 600);
  socket.on('connect', () => socket.write(`hello ${index}\n`));
  socket.on('close', () => {
    clearInterval(ask);
    setTimeout(() => place(index), 500);
  });
}

for (let index = 0; index < POOL; index++) setTimeout(() => place(index), index * 90);

/** The health check that believes in connect(): it never waits for an answer. */
setInterval(() => {
  const socket = open();
  socket.on('connect', () => socket.end());
  setTimeout(() => socket.destroy(), 5000);
}, 250);
