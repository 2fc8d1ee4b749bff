import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addProbeOptions } from '../../src/commands/probe-options.ts';
import { ProbeSettings } from '../../src/config/probe-settings.ts';
import { PROBE_PROTOCOLS } from '../../src/core/model/target.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const options = addProbeOptions(new Command(), []).options.map(({ long }) => long ?? '');

it('README.md names every option of probe', () => {
  expect(options.filter((option) => !readme.includes(`\`${option}\``) && !readme.includes(`\`${option} `))).toEqual([]);
});

it('README.md has a row for every protocol', () => {
  expect(PROBE_PROTOCOLS.filter((protocol) => !readme.includes(`| \`${protocol}`))).toEqual([]);
});

it('every setting has an option', () => {
  // Those whose option is called otherwise.
  const called: Readonly<Record<string, string>> = {
    verify: 'insecure',
    headers: 'header',
    expectHeaders: 'expect-header',
    json: 'json-is',
    steps: 'send',
  };
  const wanted = Object.keys(ProbeSettings.shape).map(
    (name) => `--${called[name] ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  );
  expect(wanted.filter((option) => !options.includes(option))).toEqual([]);
});
