import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { expect, it, vi } from 'vitest';
import { Guard } from '../../src/server/auth.ts';

vi.mock(import('node:crypto'), async (original) => {
  const crypto = await original();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const TOKEN = 'a-token-of-sixteen-characters';
const guard = new Guard({ address: '10.0.0.1', host: '10.0.0.1', token: TOKEN, allowedOrigins: [] });

it.each(['', 'x', TOKEN.slice(0, -1), `${TOKEN}x`, TOKEN.replace('a', 'b'), 'x'.repeat(10_000)])(
  'the token is compared with %.40j in a time that depends on neither its length nor its beginning',
  (token) => {
    const compared = vi.mocked(timingSafeEqual).mockClear();
    const request = { headers: {}, query: { token } } as unknown as FastifyRequest;
    expect(() => guard.checkToken(request)).toThrow(expect.objectContaining({ code: 'UNAUTHORIZED' }));
    // Both sides are digests: always 32 bytes, and looked at to the end.
    expect(compared.mock.calls.map(([sent, known]) => [sent.byteLength, known.byteLength])).toEqual([[32, 32]]);
  },
);

it('the right token passes by the same comparison', () => {
  const compared = vi.mocked(timingSafeEqual).mockClear();
  guard.checkToken({ headers: { authorization: `Bearer ${TOKEN}` }, query: {} } as unknown as FastifyRequest);
  expect(compared).toHaveBeenCalledTimes(1);
});
