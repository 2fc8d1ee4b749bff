import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { socketCalls } from '../../../src/sources/sockets/calls.ts';
import { parseTcpInfo, readTcpInfo } from '../../../src/sources/sockets/tcp-info.ts';
import { Answering } from '../probes/asking.ts';

it('is what the kernel says of a real connection', async () => {
  await using server = await Answering.by((socket) => socket.resume());
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const { calls } = socketCalls();
  if (calls === null) throw new Error('no calls here');
  const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const info = readTcpInfo(calls, fd);
  // SYN and ACK went out, the SYN-ACK came in.
  expect(info).toMatchObject({ state: 'ESTABLISHED', retransmits: 0, unacked: 0, segsOut: 2, segsIn: 1, clientFail: 0 });
  expect(info?.options).toEqual(['timestamps', 'sack', 'wscale']);
  expect(info?.rttUs).toBeGreaterThan(0);
  expect(info?.rttUs).toBeLessThan(100_000);
  socket.destroy();
  await once(socket, 'close');
  expect(readTcpInfo(calls, -1)).toBe(null);
});

it('is read as far as a kernel tells: what an older one leaves out is null, less than Linux 2.6 is nothing', () => {
  const bytes = Buffer.alloc(248, 0);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(0b0010_0111, 5);
  bytes.writeUInt8(0b101, 7);
  for (const [at, value] of [
    [24, 2],
    [68, 1500],
    [72, 700],
    [100, 3],
    [136, 9],
    [140, 8],
    [148, 1200],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  const whole = { rttUs: 1500, rttVarUs: 700, minRttUs: 1200, retransmits: 3, unacked: 2, segsOut: 9, segsIn: 8, clientFail: 2 };
  const options = ['timestamps', 'sack', 'wscale', 'syn-data'];
  expect(parseTcpInfo(bytes)).toEqual({ state: 'ESTABLISHED', options, ...whole });
  expect(parseTcpInfo(bytes.subarray(0, 148))).toMatchObject({ ...whole, minRttUs: null });
  expect(parseTcpInfo(bytes.subarray(0, 143))).toMatchObject({ segsOut: 9, segsIn: null });
  expect(parseTcpInfo(bytes.subarray(0, 104))).toMatchObject({ ...whole, minRttUs: null, segsOut: null, segsIn: null });
  expect(parseTcpInfo(bytes.subarray(0, 103))).toBe(null);
  expect(parseTcpInfo(Buffer.alloc(0))).toBe(null);
});

it('has no round trip before there was one', () => {
  const bytes = Buffer.alloc(248, 0);
  bytes.writeUInt8(2, 0);
  bytes.writeUInt32LE(250_000, 72);
  bytes.writeUInt32LE(0xffff_ffff, 148);
  expect(parseTcpInfo(bytes)).toMatchObject({ state: 'SYN_SENT', rttUs: null, rttVarUs: null, minRttUs: null });
});
