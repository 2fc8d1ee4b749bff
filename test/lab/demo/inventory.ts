/** The service of the demo incident: answers every line with a line. `node inventory.ts ADDRESS PORT BACKLOG` */
import { createServer } from 'node:net';

const [address = '', port = '', backlog = ''] = process.argv.slice(2);
process.title = 'inventory';
createServer({ allowHalfOpen: false }, (socket) => {
  socket.on('error', () => undefined);
  socket.on('data', () => socket.write('ok\n'));
}).listen({ host: address, port: Number(port), backlog: Number(backlog) }, () => process.stdout.write('listening\n'));
