import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { MAGIC, printJsonChunk } from '../../src/formats/capture/file/chunk.ts';
import { start } from '../core/inputs.ts';
import { MAIN } from '../lab/product.ts';
import { Folder, headerOf, writeCapture } from '../sinks/capture/made.ts';

/** Sets a terminal's title, clears it, turns text around. */
const HOSTILE = '\x1b]0;owned\x07\x1b[2J\x9b2J\u202e';
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const ACTING = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const synoptic = (...args: string[]) => execa(process.execPath, [MAIN, ...args], { reject: false, stdin: 'ignore' });

describe('a capture that somebody else made', { timeout: 60_000 }, () => {
  it('says nothing to the terminal that the terminal would do, whatever names it has', async () => {
    using folder = new Folder();
    const file = folder.file('forged.capture');
    await writeFile(file, Buffer.concat([MAGIC, printJsonChunk('H', { ...headerOf(start), scripts: { [HOSTILE]: 'x' } })]));
    const refused = await synoptic('replay', file, '--findings');
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('[CAPTURE_DAMAGED]')]);
    expect(refused.stderr).toContain('owned');
    expect(refused.stderr).not.toMatch(ACTING);
  });

  it('nor does one whose own name is hostile', async () => {
    using folder = new Folder();
    const { exitCode, stderr } = await synoptic('report', folder.file(HOSTILE.replaceAll('/', '')));
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('[CAPTURE_UNREADABLE]')]);
    expect(stderr).not.toMatch(ACTING);
  });

  it('nor do words on the command line that came from somewhere else', async () => {
    for (const words of [[HOSTILE], ['replay', `--${HOSTILE}`], ['tail', '--format', HOSTILE]]) {
      const { exitCode, stderr } = await synoptic(...words);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('owned')]);
      expect(stderr).not.toMatch(ACTING);
    }
  });

  it.each(['md', 'html'] as const)('is a report (%s) in which its host, kernel and title are text', async (format) => {
    using folder = new Folder();
    const file = folder.file('made.capture');
    const title = `${HOSTILE}<script>alert(1)</script>`;
    await writeCapture(file, [{ ...start, host: title, kernel: title }], { host: title, kernel: title, title });
    const { stdout, exitCode } = await synoptic('report', file, '--format', format);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('owned');
    expect(stdout).not.toMatch(ACTING);
    if (format === 'html') expect(stdout).not.toContain('<script>');
  });
});
