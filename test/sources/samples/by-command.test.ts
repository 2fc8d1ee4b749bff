import { expect, it } from 'vitest';
import type { SampleInput } from '../../../src/core/model/input.ts';
import { ByCommand } from '../../../src/sources/samples/by-command.ts';
import { LabNamespace } from '../../lab/namespace.ts';

it('looks at another namespace by commands in it, where no thread of ours may go there; once a second at most', async () => {
  await using lab = new LabNamespace();
  lab.run('sysctl', '-qw', 'net.ipv4.tcp_fin_timeout=17');
  const actor = await lab.actor();
  const port = await actor.number('listen', { host: '127.0.0.1' });
  const taken: SampleInput[] = [];
  const byCommand = new ByCommand(async (sample) => {
    const input = await sample();
    if (input !== null) taken.push(input);
  }, {});
  const there = [await lab.found()];
  await byCommand.look(there, (counters) => ({ ...counters, fresh: true }));
  expect(taken.map(({ type }) => type).sort()).toEqual(['counters', 'queues', 'sysctls']);
  expect(taken.every(({ netns }) => netns === lab.netns)).toBe(true);
  expect(taken.find(({ type }) => type === 'counters')).toMatchObject({ fresh: true });
  expect(taken.find(({ type }) => type === 'sysctls')).toMatchObject({ values: { 'ipv4.tcp_fin_timeout': '17' } });
  expect(taken.find(({ type }) => type === 'queues')).toMatchObject({ listeners: [{ lport: port, waiting: 0 }] });
  await byCommand.look(there, (counters) => counters);
  await byCommand.look([], (counters) => counters);
  expect(taken).toHaveLength(3);
}, 30_000);
