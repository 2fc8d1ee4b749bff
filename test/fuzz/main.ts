/** Gives everything that reads what others have written millions of bad inputs: scripts/fuzz, which runs this, is its manual. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { suggestion } from '../../src/core/model/nearest.ts';
import type { Round } from './round.ts';
import { TARGETS } from './targets.ts';
import { grown, told } from './told.ts';
import { fuzzWatched } from './watched.ts';

const EXIT = { fine: 0, failed: 1, usage: 2 };

class UsageError extends Error {}

interface Options {
  readonly names: readonly string[];
  /** Null: as many as each target says. */
  readonly inputs: number | null;
  readonly seed: number;
  readonly from: number;
  readonly json: string | null;
}

function optionsOf(argv: readonly string[]): Options {
  const known = TARGETS.map(({ name }) => name);
  const { values, positionals } = parsed(argv);
  for (const word of positionals)
    if (!known.includes(word)) throw new UsageError(`no such target: '${word}'.${suggestion(word, known)} There are: ${known.join(' ')}`);
  const names = positionals.length === 0 ? known : known.filter((name) => positionals.includes(name));
  const number = (name: 'inputs' | 'seed' | 'from', standard: number): number => {
    const text = values[name];
    if (text === undefined) return standard;
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} ${text}: a whole number below a thousand millions was expected`);
    return Number(text);
  };
  const inputs = values.inputs === undefined ? null : number('inputs', 0);
  return { names, inputs, seed: number('seed', 1), from: number('from', 0), json: values.json ?? null };
}

function parsed(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { inputs: text, seed: text, from: text, json: text } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @returns the exit status. */
async function main(argv: readonly string[]): Promise<number> {
  const { names, inputs, seed, from, json } = optionsOf(argv);
  const rounds: Round[] = [];
  let failed = false;
  for (const { name, thousands } of TARGETS.filter((target) => names.includes(target.name))) {
    process.stderr.write(`${name} …\n`);
    try {
      const round = await fuzzWatched({ target: name, seed, inputs: inputs ?? thousands * 1000, from }, new AbortController().signal);
      rounds.push(round);
      console.log(told(round));
      failed ||= round.crashes.length > 0 || grown(round);
    } catch (error) {
      failed = true;
      console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  const total = rounds.reduce((sum, round) => sum + round.inputs, 0);
  const crashes = rounds.reduce((sum, round) => sum + round.crashes.length, 0);
  console.log(
    `\n${total.toLocaleString('en')} inputs in all, ${crashes} crashes${failed ? ': NOT what was promised' : ', nothing hung, nothing grew'}`,
  );
  if (json !== null) writeFileSync(json, `${JSON.stringify(rounds, null, 2)}\n`);
  return failed ? EXIT.failed : EXIT.fine;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`fuzz: ${error.message}\n  (scripts/fuzz --help tells all)\n`);
  process.exitCode = EXIT.usage;
}
