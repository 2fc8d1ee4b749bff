import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TCP_STATES } from '../../../src/core/model/tcp-state.ts';
import { type ParsedSockets, parseSockets } from '../../../src/sources/samples/ss-line.ts';

function parsed(text: string): ParsedSockets {
  const steps = parseSockets(text);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const one = (line: string) => parsed(`${line}\n`).sockets[0];

describe('a line of ss', () => {
  it('spells every state as Linux does', () => {
    const spellings = {
      ESTAB: 'ESTABLISHED',
      'SYN-SENT': 'SYN_SENT',
      'SYN-RECV': 'SYN_RECV',
      'FIN-WAIT-1': 'FIN_WAIT1',
      'FIN-WAIT-2': 'FIN_WAIT2',
      'TIME-WAIT': 'TIME_WAIT',
      UNCONN: 'CLOSE',
      CLOSED: 'CLOSE',
      'CLOSE-WAIT': 'CLOSE_WAIT',
      'LAST-ACK': 'LAST_ACK',
      LISTEN: 'LISTEN',
      CLOSING: 'CLOSING',
    };
    for (const [printed, state] of Object.entries(spellings)) {
      expect(one(`${printed.padEnd(10)} 0      0      10.0.0.7:1024 10.0.0.9:443`)).toMatchObject({ state, lport: 1024, rport: 443 });
    }
    expect(new Set([...Object.values(spellings), 'NEW_SYN_RECV'])).toEqual(new Set(TCP_STATES));
  });

  it('shows v4-mapped addresses as IPv4 and leaves out the scope', () => {
    expect(one('ESTAB 0 0 [::ffff:10.0.0.1]:80 [::ffff:10.0.0.2]:4000')).toMatchObject({ laddr: '10.0.0.1', raddr: '10.0.0.2' });
    expect(one('ESTAB 0 0 [fe80::1]%eth0:80 [fe80::2]:4000')).toMatchObject({ laddr: 'fe80::1', raddr: 'fe80::2' });
    expect(one('LISTEN 0 5 0.0.0.0%lo:80 0.0.0.0:*')).toMatchObject({ laddr: '0.0.0.0', lport: 80, raddr: '0.0.0.0', rport: 0 });
  });

  it('shows the wildcard of an AF_INET6 listener as `::`, whether or not it takes IPv4 too', () => {
    expect(one('LISTEN 0 5 *:80 *:*')).toMatchObject({ laddr: '::', raddr: '::', rport: 0 });
    expect(one('LISTEN 0 5 *%lo:80 *:*')).toMatchObject({ laddr: '::', lport: 80 });
    expect(one('LISTEN 0 5 [::]:80 [::]:*')).toMatchObject({ laddr: '::', raddr: '::' });
  });

  it('takes the first of several users', () => {
    expect(one('LISTEN 0 5 *:80 *:* users:(("nginx",pid=12,fd=6),("nginx-w",pid=13,fd=6))')).toMatchObject({ pid: 12, comm: 'nginx' });
  });

  it('knows no owner where ss prints none', () => {
    expect(one('TIME-WAIT 0 0 10.0.0.1:80 10.0.0.2:4000')).toMatchObject({ pid: null, comm: null });
  });

  it('reads past a user whose name looks like the text around it, also where ss does not cut it at a parenthesis', () => {
    const names = ['a",pid=1,fd=3)', '",pid=1,fd=1),(', '",pid=1,fd=1', '"))', '(', '")', 'users:(("x",pid', ')),("'];
    for (const name of names) {
      const line = `ESTAB 0 0 10.0.0.1:80 10.0.0.2:4000 users:(("${name}",pid=8242,fd=3),("b",pid=77,fd=4)) `;
      expect(one(line), name).toMatchObject({ pid: 8242, comm: name });
    }
  });

  it('counts a line that is nothing it knows, and goes on', () => {
    const { sockets, strange } = parsed('State Recv-Q Send-Q\nESTAB 0 0 10.0.0.1:80 10.0.0.2:4000\nESTAB 0 0 here:80 there:90\n\n');
    expect(sockets).toHaveLength(1);
    expect(strange).toBe(2);
  });
});

describe('names of at most 15 bytes of anything', () => {
  // Pieces of ss's own output, so that chance comes near to forging a line.
  const piece = fc.constantFrom(
    '\n',
    'ESTAB',
    ' 0 0 ',
    '*:1',
    ' ',
    '"',
    ',',
    '(',
    ')',
    'pid=1',
    'fd=3',
    'LISTEN',
    '::',
    '[',
    ']',
    '%',
    'x',
  );
  const name = fc.array(fc.oneof(piece, fc.string({ maxLength: 2 }))).map((pieces) => cut(pieces.join('')));

  it('neither forge a socket nor hide one nor change its owner', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name, fc.integer({ min: 10, max: 4_194_304 })), { minLength: 1, maxLength: 8 }), (owners) => {
        const text = owners
          .map(([comm, other, pid], index) => {
            const users = `users:(("${comm}",pid=${pid},fd=3),("${other}",pid=${pid + 1},fd=9))`;
            return `ESTAB  0      0      10.0.0.1:${1000 + index} [2001:db8::2]:443 ${users} \n`;
          })
          .join('');
        const { sockets, strange } = parsed(text);
        expect(strange).toBe(0);
        expect(sockets.map(({ lport, pid, comm }) => ({ lport, pid, comm }))).toEqual(
          owners.map(([comm, , pid], index) => ({ lport: 1000 + index, pid, comm })),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('never makes anything but sockets and strange lines of any text', () => {
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => void parsed(pieces.join(''))));
  });
});

it('reads 3,000 sockets within 50 ms', () => {
  const text = Array.from(
    { length: 3000 },
    (_, index) =>
      `ESTAB      0      0          [::ffff:10.0.0.1]:${1024 + index} [2001:db8::2]:443 users:(("node",pid=${index + 10},fd=21))        `,
  ).join('\n');
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    expect(parsed(text).sockets).toHaveLength(3000);
    return performance.now() - began;
  });
  expect(Math.min(...times)).toBeLessThan(50);
});

/** As the kernel does: whole bytes, at most 15, no NUL. */
function cut(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).subarray(0, 15).toString();
}
