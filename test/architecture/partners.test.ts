import { describe, expect, it } from 'vitest';
import * as partners from './partners.ts';

const tree = (files: Record<string, string>) => new Map(Object.entries(files));

const TABLE = `export const ERRORS = {\n  USAGE: { exit: 2, title: 'a' },\n  DATA_UNWRITABLE: { exit: 2, title: 'b' },\n} as const;\n`;
const errors = (files: Record<string, string>) => tree({ 'src/core/model/errors.ts': TABLE, ...files });

const HEADER = [
  '#!/usr/bin/env bpftrace',
  '// x.bt - a fact.',
  '//',
  '// Hook:    h',
  '// Cost:    c',
  '// Record:  r',
  '// Example: e',
  '// Limits:  l',
];
const SCRIPT = `${HEADER.join('\n')}\nBEGIN { }\n`;

describe('error codes', () => {
  it('are read from the table', () => {
    expect(partners.errorCodes(errors({}))).toEqual(['USAGE', 'DATA_UNWRITABLE']);
  });

  it('are told when no source uses them; the table and a test do not count', () => {
    const found = partners.unusedErrors(
      errors({ 'src/config/load.ts': `throw new SynopticError('USAGE', '')`, 'test/a.test.ts': `'DATA_UNWRITABLE'` }),
    );
    expect(found).toEqual(['DATA_UNWRITABLE']);
  });

  it('are told when README.md is silent about them, or is not there', () => {
    expect(partners.undocumentedErrors(errors({ 'README.md': '| `USAGE` | … |' }))).toEqual(['DATA_UNWRITABLE']);
    expect(partners.undocumentedErrors(errors({}))).toEqual(['USAGE', 'DATA_UNWRITABLE']);
  });

  it('are told when README.md explains one that is gone', () => {
    expect(partners.forgottenErrors(errors({ 'README.md': '| `DATA_UNWRITABLE` | … |\n| `DISK_GONE` | … |' }))).toEqual(['DISK_GONE']);
  });
});

describe('a kernel script', () => {
  it('with a whole header passes', () => {
    expect(partners.lackingHeaders(tree({ 'bpf/x.bt': SCRIPT }))).toEqual([]);
  });

  it('is told which fields its header lacks or leaves empty', () => {
    const bad = SCRIPT.replace('// Cost:    c\n', '').replace('// Limits:  l', '// Limits:');
    expect(partners.lackingHeaders(tree({ 'bpf/x.bt': bad }))).toEqual(['bpf/x.bt: Cost', 'bpf/x.bt: Limits']);
  });

  it('cannot make up for its header further down', () => {
    const late = `#!/usr/bin/env bpftrace\n// x.bt\nBEGIN { }\n${HEADER.slice(1).join('\n')}\n`;
    expect(partners.lackingHeaders(tree({ 'bpf/x.bt': late }))).toHaveLength(5);
  });

  it('is told which of the records it prints has no decoder in the list, or that it prints none', () => {
    const scripts = {
      'bpf/drop.bt': `kprobe:a { printf("D %llu\\n", nsecs); }`,
      'bpf/retransmit.bt': `kprobe:b { printf("R %llu\\n", nsecs); printf("Y %llu\\n", nsecs); }`,
      'bpf/names.bt': `kprobe:c { printf("C %x\\n", tid); }`,
      'bpf/silent.bt': 'BEGIN { }',
    };
    const entries = ['D: decodeDrop,', 'R: decodeRetransmit,', 'C: (cursor, _tag, names) => {', '  names.read(cursor);', '},'];
    const list = { 'src/core/decode/index.ts': `export const DECODERS = {\n${entries.map((entry) => `  ${entry}\n`).join('')}};\n` };
    expect(partners.undecoded(tree({ ...scripts, ...list }))).toEqual(['bpf/retransmit.bt: Y', 'bpf/silent.bt: no record']);
    expect(partners.undecoded(tree(scripts))).toHaveLength(5);
  });

  it('is missed when a decoder waits for what none prints', () => {
    const list = { 'src/core/decode/index.ts': 'export const DECODERS = {\n  D: decodeDrop,\n  Q: decodeQueue,\n};\n' };
    expect(partners.idleDecoders(tree({ 'bpf/drop.bt': 'printf("D %d", 1)', ...list }))).toEqual(['Q']);
  });

  it('is told when no live test names it; a variant needs its own mention', () => {
    const scripts = { 'bpf/reset.bt': SCRIPT, 'bpf/drop.bt': SCRIPT, 'bpf/drop-kprobe.bt': SCRIPT, 'bpf/neighbour.bt': SCRIPT };
    const tests = { 'test/bpf/reset.test.ts': '', 'test/bpf/all.test.ts': `run('drop-kprobe')`, 'test/core/n.test.ts': 'neighbour' };
    expect(partners.untestedScripts(tree({ ...scripts, ...tests }))).toEqual(['drop', 'neighbour']);
  });
});
