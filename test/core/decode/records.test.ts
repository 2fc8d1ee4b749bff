import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DECODERS } from '../../../src/core/decode/index.ts';
import { anyRecord } from '../any-record.ts';
import { decode, print } from '../lines.ts';
import { EXAMPLES, LOOPBACK, nsOf } from '../recorded.ts';

const one = (line: string) => {
  const { records, faults } = decode(`${line}\n`);
  expect(faults).toEqual([]);
  expect(records).toHaveLength(1);
  return records[0];
};
const why = (line: string) => {
  const { records, faults } = decode(`${line}\n`);
  expect(records).toEqual([]);
  expect(faults).toHaveLength(1);
  return faults[0]?.why;
};

describe('real lines', () => {
  it.each(EXAMPLES)('%s prints what its header shows, and that is a record', (_, line) => {
    expect(one(line)).toMatchObject({ ns: nsOf(line) });
  });

  it('are all understood, in a whole recording', () => {
    const { records, faults } = decode(LOOPBACK);
    expect(faults).toEqual([]);
    const lines = LOOPBACK.split('\n').filter((line) => line !== '' && !line.startsWith('Attaching'));
    // The names of threads are no records of their own.
    expect(records).toHaveLength(lines.filter((line) => !line.startsWith('C ')).length);
    expect(new Set(lines.map((line) => line.charAt(0)))).toEqual(new Set(['C', 's', 'S', 't', 'T', 'X', 'D', 'E', 'H', '@']));
  });

  it('of what waited with the transitions tell a segment that a mini-socket consumed, where they tell no state', () => {
    expect(one('s 197d9b21e50a ffff888169f30c00 f000008100110200 100007f0400007f 8f42d1ad00000000 650df8742c1798db 0 0')).toEqual({
      type: 'drop',
      stream: 'drop',
      key: 2,
      ns: 0x197d9b21e50a,
      skaddr: 0xf888169f30c00,
      netns: 4026531969,
      laddr: '127.0.0.1',
      lport: 36674,
      raddr: '127.0.0.4',
      rport: 53677,
      direction: 'received',
      state: 'TIME_WAIT',
      reason: 2,
      segSeq: 1695414388,
      segAck: 739743963,
      segFlags: 17,
    });
  });

  it('of a transition by a process name its owner, and unpack IPv4 addresses as they lie in memory', () => {
    expect(
      one(
        'C 72f6 \\x70\\x79\\x74\\x68\\x6f\\x6e\\x33\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n' +
          's 48268c437b2 ffff888102aa2500 effffff900000021 100007f0200007f d9ce887300000020 7a00f18e7a00f18f c55e1e82 72f6000072f6',
      ),
    ).toEqual({
      type: 'state',
      stream: 'state',
      key: 2 * 16 + 1,
      ns: 4958149949362,
      skaddr: 0xf888102aa2500,
      netns: 4026531833,
      laddr: '127.0.0.1',
      lport: 55758,
      raddr: '127.0.0.2',
      rport: 34931,
      from: 'SYN_SENT',
      to: 'ESTABLISHED',
      sndUna: 2046882190,
      sndNxt: 2046882191,
      rcvNxt: 3311279746,
      srttUs: 32,
      retransmits: 0,
      err: 0,
      finReceived: false,
      pid: 29430,
      comm: 'python3',
    });
  });

  it('of a transition in softirq that waited in the kernel end in no owner, and name none', () => {
    const line = 's 48268c437b2 ffff888102aa2500 effffff900000021 100007f0200007f d9ce887300000020 7a00f18e7a00f18f c55e1e82 0';
    expect(one(line)).toMatchObject({ laddr: '127.0.0.1', raddr: '127.0.0.2', pid: null, comm: null });
  });

  it('of a transition in softirq name no owner, and a FIN that was received', () => {
    expect(one('T 4827279da07 ffff8881108409c0 effffff920000057 ::1 ::2 a1e89a3100000edc 5bf8531f5bf8531f ef8c2686')).toMatchObject({
      from: 'FIN_WAIT2',
      to: 'CLOSE',
      laddr: '::1',
      lport: 41448,
      raddr: '::2',
      rport: 39473,
      srttUs: 3804,
      finReceived: true,
      pid: null,
      comm: null,
    });
  });

  it('of IPv6 sockets that speak to IPv4 ones show IPv4', () => {
    expect(one('T 1 ff 100000021 ::ffff:10.0.0.1 ::ffff:10.0.0.2 0 0 0')).toMatchObject({ laddr: '10.0.0.1', raddr: '10.0.0.2' });
  });

  it('unpack what shares a word with other things: error, retransmissions and the ends of both halves', () => {
    expect(one('S 1 ff ffffffff2fffff87 ffffffff00000000 ffff0001ffffffff ffffffff00000000 ffffffff')).toMatchObject({
      netns: 0xffffffff,
      err: 0xfff,
      retransmits: 255,
      from: 'CLOSE_WAIT',
      to: 'CLOSE',
      laddr: '255.255.255.255',
      raddr: '0.0.0.0',
      lport: 65535,
      rport: 1,
      srttUs: 0xffffffff,
      sndUna: 0xffffffff,
      sndNxt: 0,
      rcvNxt: 0xffffffff,
    });
  });

  it('of the lean script say null for what it cannot read', () => {
    expect(one('L 91786b7d4e8 ffff88811086a500 3 1 ::ffff:127.0.0.1 46759 ::ffff:127.0.0.1 50434')).toMatchObject({
      laddr: '127.0.0.1',
      lport: 46759,
      netns: null,
      sndUna: null,
      sndNxt: null,
      rcvNxt: null,
      srttUs: null,
      retransmits: null,
      err: null,
      finReceived: null,
      pid: null,
      comm: null,
    });
  });

  it('of a dropped packet turn source and destination into remote and local by its way', () => {
    const fields = '482787c164d 0 0 3 4026531833';
    const received = one(`D ${fields} 1 127.0.0.1 36652 127.0.0.2 39293 3278282462 0 2`);
    expect(received).toMatchObject({
      laddr: '127.0.0.2',
      lport: 39293,
      raddr: '127.0.0.1',
      rport: 36652,
      direction: 'received',
      state: null,
    });
    const sending = one(`D ${fields} 0 127.0.0.1 36652 127.0.0.2 39293 3278282462 0 2`);
    expect(sending).toMatchObject({ laddr: '127.0.0.1', lport: 36652, raddr: '127.0.0.2', rport: 39293, direction: 'sending' });
  });

  it('of a neighbour give link addresses as people write them, none for zeros and for the garbage of FAILED', () => {
    const line = (state: number) =>
      `N 15e0b41ec22 2 10.9.0.2 eth0 6 1 ${state} \\x00\\x00\\x00\\x00\\x00\\x00 \\x6a\\x72\\xf5\\x0a\\x5d\\xf4`;
    expect(one(line(2))).toMatchObject({ oldLink: null, newLink: '6a:72:f5:0a:5d:f4', failed: false, device: 'eth0' });
    expect(one(line(32))).toMatchObject({ newLink: null, failed: true });
    // As bpftrace 0.23 leaves it.
    expect(one(line(2).replace('eth0', ''))).toMatchObject({ device: '?', newLink: '6a:72:f5:0a:5d:f4' });
    expect(one(line(2).replace('eth0 6', 'ib0 20'))).toMatchObject({ oldLink: null, newLink: null });
  });

  it('of counters and losses are read by their map', () => {
    expect(one('@state[8, 9]: 12')).toEqual({ type: 'counter', stream: 'state', key: 8 * 16 + 9, shed: false, count: 12 });
    expect(one('@state[137]: 12')).toEqual(one('@state[8, 9]: 12'));
    expect(one('@state_shed[8, 9]: 12')).toEqual({ type: 'counter', stream: 'state', key: 8 * 16 + 9, shed: true, count: 12 });
    expect(one('@reset[3]: 1')).toEqual({ type: 'counter', stream: 'reset', key: 3, shed: false, count: 1 });
    expect(one('@neighbour: 0')).toEqual({ type: 'counter', stream: 'neighbour', key: 0, shed: false, count: 0 });
    expect(one('@synack_shed: 7')).toEqual({ type: 'counter', stream: 'synack', key: 0, shed: true, count: 7 });
    expect(one('Lost 5744 events')).toEqual({ type: 'lost', count: 5744 });
  });

  it('of a step name the share that is told from then on', () => {
    expect(one('B 1f 32')).toEqual({ type: 'tier', ns: 31, share: 32 });
  });

  it.each([
    ...['Attaching 17 probes...', 'Attached 1 probe', '! exit 0', '! exit 137', 'WARNING: Addrspace is not set'],
    // What 0.27.0 writes to stdout about one remark.
    ...[
      'stdin:22:19-38: WARNING: Expression of type: uint64 being cast to type: int64.',
      '  $reason = (int64)args->reason;',
      '            ~~~~~~~~~~~~~~~~~~~',
      'HINT: For loops support ranges (e.g. `for ($x : $start..$end) { ... }`), and can be used in place of while.',
      // Two processors made one key of a map at once: 0.23 on Linux 6.12.
      'Additional Info - helper: map_update_elem, retcode: -17',
    ],
  ])('of talk are no fault: %s', (line) => {
    expect(decode(`${line}\n`)).toEqual({ records: [], faults: [] });
  });

  it.each([
    '@sent: 99',
    '@mask: 31',
    '@drop_told: 3',
    '@own[18446612686386922752]: 1',
    '@named[1, 4711]: 18446612686386922752',
    '@held[1, 1023]: (68825731476006, 18446612687013019648, 17293824017311989911, 9223372582332399743, 10142590652760719370, 6534541327884835511, 1200519699, 0)',
  ])('of a script’s own bookkeeping, which bpftrace prints when it ends, are no fault: %s', (line) => {
    expect(decode(`${line}\n`)).toEqual({ records: [], faults: [] });
  });
});

describe('a decoder', () => {
  it('reads back every record that can be printed', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(one(print(record))).toEqual(record);
      }),
      { numRuns: 3000 },
    );
  });

  it('accepts only pointers that are pointers, and keeps their low 52 bits', () => {
    expect(one('S 1 ffffffffffffffff 100000031 0 0 0 0')).toMatchObject({ skaddr: 2 ** 52 - 1 });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(one(`S 1 ${value.toString(16)} 100000031 0 0 0 0`)).toMatchObject({ skaddr: Number(value % 2n ** 52n) });
      }),
    );
    for (const bad of ['', 'xyz', '0xff', 'FF', '11111111111111111', '-1', ':', '`', 'é']) {
      expect(why(`S 1 ${bad} 100000031 0 0 0 0`)).toContain('expected a number in hex');
    }
  });

  it('reads numbers beyond 2^53 as the nearest double, up to 2^64, and refuses more digits', () => {
    const near = fc.oneof(
      fc.bigInt({ min: 2n ** 53n - 20n, max: 2n ** 53n + 20n }),
      fc.bigInt({ min: 2n ** 64n - 20n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    );
    fc.assert(
      fc.property(near, (value) => {
        expect(one(`H ${value.toString(16)}`)).toEqual({ type: 'heartbeat', ns: Number(value) });
        expect(one(`D 1 0 0 3 1 1 ::1 1 ::1 2 ${value} 0 0`)).toMatchObject({ segSeq: Number(value) });
      }),
      { numRuns: 3000 },
    );
    expect(why(`H ${'0'.repeat(17)}`)).toContain('expected a number in hex');
    expect(why(`D 1 0 0 3 1 1 ::1 1 ::1 2 ${'0'.repeat(21)} 0 0`)).toContain('expected a number');
  });

  it.each([
    ['H', 'no record that Synoptic knows'],
    ['H ', 'expected a number in hex'],
    ['H 5 6', 'expected the end of the line at "6"'],
    ['H 5 ', 'expected a number in hex at " "'],
    ['H -5', 'expected a number in hex at "-5"'],
    ['H 5x', 'expected a number in hex at "x"'],
    ['S 1 ff 100000001 0 0 0 0', 'expected a TCP state, got 0'],
    ['s 0 0 0 0 0 0 0 0', 'expected a TCP state, got 0'],
    ['S 1 ff 1000000d1 0 0 0 0', 'expected a TCP state, got 13'],
    ['S 1 ff 10000000000000031 0 0 0 0', 'expected a number in hex at "10000000000000031'],
    ['S 1 ff 100000031 0 0 0', 'expected a number in hex at ""'],
    ['S 1 ff 100000031 0 0 0 0 700000007', 'expected the end of the line at "700000007"'],
    ['S 1 ff 100000031 0 0 0 -1', 'expected a number in hex at "-1"'],
    ['S 1 ff 100000031 ::1 ::1 0 0 0', 'expected a number in hex at "::1'],
    ['s 1 ff 100000031 0 0 0 0', 'expected a number in hex at ""'],
    ['T 1 ff 100000031 eth0 ::1 0 0 0', 'expected an address at "th0'],
    ['t 1 ff 100000031 ::1 ::1 0 0 0 python3', 'expected a number in hex at "python3"'],
    ['L 1 ff 13 1 ::1 1 ::1 2', 'expected a TCP state, got 13'],
    ['L 1 ff 3 1 ::1 65536 ::1 2', 'expected a port at "65536'],
    ['L 1 ff 3 1 eth0 1 ::1 2', 'expected an address at "th0'],
    ['l 1 ff 7 2 ::1 1 ::1 2 5', 'expected a word'],
    ['l 1 ff 7 2 ::1 1 ::1 2 5 python3', 'expected bytes in hex'],
    ['C 5', 'expected a word'],
    ['C 5 python3', 'expected bytes in hex'],
    ['C python3 \\x41', 'expected a number in hex at "python3'],
    ['C 5 \\x41 6', 'expected the end of the line at "6"'],
    ['B 5', 'expected a number at ""'],
    ['B 5 0', 'expected a share of at least 1'],
    ['B 5 1 2', 'expected the end of the line at "2"'],
    ['X 1 4 0 0 -1 1 ::1 1 ::1 2', 'expected a direction from 1 to 3, got 4'],
    ['constructor 1', 'no record that Synoptic knows'],
    ['@no body: 5', 'no record that Synoptic knows'],
    ['@state[8, 9]: 12 ', 'no record that Synoptic knows'],
  ])('says of %j what it expected and where', (line, expected) => {
    expect(why(line)).toContain(expected);
  });
});

it('every tag is a single letter: a record begins with its letter and a space', () => {
  expect(Object.keys(DECODERS).every((tag) => /^[A-Za-z]$/.test(tag))).toBe(true);
});
