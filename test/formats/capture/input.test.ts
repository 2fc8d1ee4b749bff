import { describe, expect, it, vi } from 'vitest';
import type { Input } from '../../../src/core/model/input.ts';
import { FrameReader, printInput, printKernel } from '../../../src/formats/capture/file/frame.ts';
import { inputFault } from '../../../src/formats/capture/input.ts';
import { start, tick } from '../../core/inputs.ts';
import { recordedInputs } from '../../fuzz/targets/frames.ts';

const SOCKET = {
  ...{ laddr: '10.0.0.1', lport: 1, raddr: 'fe80::1%eth0', rport: 443, state: 'ESTABLISHED' as const },
  ...{ pid: null, comm: '\x1b', remainingMs: null },
};
const LISTING: Input = { type: 'sockets', fromNs: 1, atNs: 2, netns: null, sockets: [SOCKET] };

function read(bytes: Buffer, maxSockets?: number): unknown[] {
  return [...new FrameReader('a file', maxSockets).push(bytes)];
}

describe('an input that was recorded', () => {
  it('is what its type says, of every type that there is', async () => {
    const inputs = await recordedInputs();
    expect(new Set(inputs.map(({ type }) => type)).size).toBe(15);
    expect(inputs.filter((input) => inputFault(input) !== null)).toEqual([]);
  });
});

describe('an input that nobody recorded', () => {
  it.each<[string, object]>([
    ['without its fields', { type: 'sockets', atNs: 1 }],
    ['of a type that objects have anyway', { type: 'constructor', atNs: 1 }],
    ['at a time before all', { ...tick(1), atNs: -1 }],
    ['in a year that no date has', { ...tick(1), wallUs: 1e20 }],
    ['with an address that acts on terminals', { ...LISTING, sockets: [{ ...SOCKET, raddr: '\x1b[2J' }] }],
    ['with an address that is markup', { ...LISTING, sockets: [{ ...SOCKET, raddr: '<script>' }] }],
    ['with a state that is none', { ...LISTING, sockets: [{ ...SOCKET, state: 'OPEN' }] }],
    ['with a port that is text', { ...LISTING, sockets: [{ ...SOCKET, lport: '443' }] }],
    ['with a reason that is an object', { ...start, dropReasons: { 1: {} } }],
    ['with a hook that is none', { type: 'kernel-up', atNs: 1, version: '0.23.2', hooks: [null] }],
  ])('%s is refused', (_what, input) => {
    const bytes = Buffer.from(JSON.stringify(input));
    const head = Buffer.alloc(5);
    head.writeUInt32LE(bytes.length, 0);
    head.write('j', 4);
    expect(() => read(Buffer.concat([head, bytes]))).toThrow(expect.objectContaining({ code: 'CAPTURE_DAMAGED' }));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('at %d ns is refused also where it is bpftrace’s output', (atNs) => {
    expect(() => read(printKernel(atNs, 'H 1\n'))).toThrow(expect.objectContaining({ code: 'CAPTURE_DAMAGED' }));
  });

  it('may hold what a newer Synoptic has added', () => {
    expect(inputFault({ ...LISTING, added: 1, sockets: [{ ...SOCKET, added: {} }] })).toBeNull();
  });
});

describe('a reader of frames', () => {
  const long: Input = { ...LISTING, sockets: Array.from({ length: 5000 }, () => SOCKET) };

  it('takes no longer listing than a machine can have', () => {
    const bytes = Buffer.concat([...printInput(long)]);
    expect(read(bytes, 5000)).toHaveLength(1);
    expect(() => read(bytes, 4999)).toThrow(expect.objectContaining({ code: 'CAPTURE_REFUSED' }));
  });

  it('moves each byte twice at most, in however many pieces they come', () => {
    const bytes = Buffer.concat([...printInput(long)]);
    const reader = new FrameReader('a file');
    let moved = 0;
    const concat = Buffer.concat.bind(Buffer);
    using _spy = vi.spyOn(Buffer, 'concat').mockImplementation((list, length) => {
      const whole = concat(list, length);
      moved += whole.length;
      return whole;
    });
    let frames = 0;
    for (let at = 0; at < bytes.length; at += 7) for (const _frame of reader.push(bytes.subarray(at, at + 7))) frames++;
    expect(frames).toBe(1);
    expect(moved).toBeLessThan(bytes.length * 2);
  });
});
