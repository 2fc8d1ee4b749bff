// An HTTP receiver on loopback that refuses its first delivery with 503, and prints each as a line of JSON. Says its port first.
// Whoever is outside its namespace asks it for what is served in there.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
let refused = false;
const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const status = refused ? 204 : 503;
  refused = true;
  say({ status, headers: request.headers, body: Buffer.concat(pieces).toString() });
  response.writeHead(status).end();
});
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));
// Each line that it reads is an address, asked for from here.
createInterface({ input: process.stdin })
  .on('line', async (url) => say({ url, got: await (await fetch(url)).text() }))
  .on('close', () => process.exit(0));
