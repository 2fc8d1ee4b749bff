import { expect, it } from 'vitest';
import { endpoint, owner } from '../../../src/formats/words/endpoint.ts';

it('writes endpoints so that an address and its port cannot be confused', () => {
  expect([endpoint('10.0.0.7', 443), endpoint('2001:db8::7', 443)]).toEqual(['10.0.0.7:443', '[2001:db8::7]:443']);
});

it('shows a port that is not chosen yet, and a listener’s open far end', () => {
  expect([endpoint('10.0.0.7', 0), endpoint('0.0.0.0', 0, '*')]).toEqual(['10.0.0.7:?', '0.0.0.0:*']);
});

it('names owners as far as they are known', () => {
  expect([owner('nginx', 812), owner(null, 812), owner('nginx', null), owner(null, null)]).toEqual(['nginx[812]', '[812]', 'nginx', '—']);
});
