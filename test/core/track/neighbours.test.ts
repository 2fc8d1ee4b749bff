import { expect, it } from 'vitest';
import { Neighbours } from '../../../src/core/track/neighbours.ts';

const update = (newLink: string | null, oldLink: string | null = null, failed = false) => ({
  type: 'neighbour' as const,
  stream: 'neighbour' as const,
  key: 0,
  ns: 1,
  address: '10.9.0.2',
  device: 'eth0',
  oldLink,
  newLink,
  failed,
});

it('remembers an address through a failure that makes the kernel forget it', () => {
  const neighbours = new Neighbours();
  expect(neighbours.update(update('02:00:00:00:00:01'))).toBeNull();
  expect(neighbours.update(update(null, '02:00:00:00:00:01', true))).toBeNull();
  expect(neighbours.update(update('02:00:00:00:00:01'))).toBeNull();
  expect(neighbours.update(update('02:00:00:00:00:02'))).toEqual({ oldLink: '02:00:00:00:00:01', newLink: '02:00:00:00:00:02' });
  expect(neighbours.update({ ...update('02:00:00:00:00:03'), device: 'eth1' })).toBeNull();
});

it('takes the kernel’s word for the old address: two namespaces with one device name and address invent no move', () => {
  const neighbours = new Neighbours();
  const [here, there] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
  neighbours.update(update(here));
  for (const link of [there, here, there]) expect(neighbours.update(update(link, link))).toBeNull();
  expect(neighbours.update(update('02:00:00:00:00:03', here))).toEqual({ oldLink: here, newLink: '02:00:00:00:00:03' });
});
