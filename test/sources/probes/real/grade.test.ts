import { expect, it } from 'vitest';
import { TwoEnds } from './two-ends.ts';

it('one lost segment makes a fast target jittering, for its own socket counts what was sent again', async () => {
  await using ends = await TwoEnds.open();
  // A lost segment costs 200 ms by default, which would be told by the round trip alone.
  ends.here.ip('route', 'replace', '10.98.0.0/24', 'dev', 'eth0', 'rto_min', '20ms');
  expect(ends.table(`redis://${ends.server}`)).toMatch(/nothing sent again.*\n.*\n {2}target {2}healthy/);
  // The first segment with data, the third, …: each request is lost once.
  ends.drop('tcp flags & psh == psh numgen inc mod 2 == 0');
  const [attempt] = await ends.probe([`redis://${ends.server}`]);
  expect(attempt).toMatchObject({ alive: true, socket: { info: { retransmits: 1 } } });
  expect(ends.table(`redis://${ends.server}`)).toMatch(/1 segment sent again.*\n.*\n {2}target {2}jittering/);
});
