import { expect, it } from 'vitest';
import { fieldsOf } from '../../../src/viewer/words/fields.ts';
import { anEvent, transition } from '../wire.ts';

it('shows every field of an event under its name on the wire', () => {
  const event = anEvent('drop', { comm: '\u001b' });
  const fields = fieldsOf(event, 'utc');
  expect(fields.map(({ name }) => name)).toEqual(Object.keys(event));
  expect(fields.find(({ name }) => name === 'segFlags')?.value).toBe('2 (SYN)');
  expect(fields.find(({ name }) => name === 'comm')?.value).toBe('\\x1b');
});

it('tells what nobody knows from what there is none of', () => {
  const value = Object.fromEntries(
    fieldsOf(transition(1, 'CLOSE', 'SYN_SENT', { pid: null }), 'utc').map((field) => [field.name, field.value]),
  );
  expect([value['pid'], value['dwellUs'], value['anomaly'], value['probe']]).toEqual(['not known', 'not known', 'none', 'none']);
});
