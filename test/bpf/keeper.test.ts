import { expect, it } from 'vitest';
import { Keeper } from '../../src/sources/bpftrace/keeper.ts';

/** What a shell would act on, a here-document's end among it. */
const ACTING = ['$(id)', '`id`', '$HOME', '; id', '"', "'", '\\', '*', '&& id', 'a\nEOF\nid'];

/** What the keeper's child wrote until it ended, without the keeper's own last line. */
async function outputOf(command: readonly string[], program: string): Promise<string> {
  let output = '';
  const ended = Promise.withResolvers<void>();
  const keeper = new Keeper({
    ...{ command, program, capabilities: [], bufferPages: 64 },
    onOutput: (text) => {
      output += text;
    },
    onStderr: () => undefined,
    onSkips: () => undefined,
    onExit: () => ended.resolve(),
    onGone: (reason) => ended.reject(new Error(reason)),
  });
  keeper.start();
  await ended.promise;
  await keeper.close();
  return output.replace(/\n! exit \d+\n$/, '');
}

it('words of the configured command reach it as they are: no shell ever reads them', async () => {
  const printed = await outputOf(['printf', '%s\\0', ...ACTING], 'BEGIN { }');
  expect(printed.split('\0').slice(0, ACTING.length)).toEqual(ACTING);
});

it('the program reaches it as it is, whatever stands in it', async () => {
  const program = ACTING.join('\n');
  expect(await outputOf(['sh', '-c', 'cat'], program)).toBe(`${program}\n`);
});
