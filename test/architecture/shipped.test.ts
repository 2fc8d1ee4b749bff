import { describe, expect, it } from 'vitest';
import { absent, missingInImage, missingInPackage, runTimePaths } from './shipped.ts';

const tree = (files: Record<string, string>) => new Map(Object.entries(files));
const refersTo = (reference: string) => `const FILE = fileURLToPath(new URL('${reference}', import.meta.url));\n`;

const HOUSE = {
  'src/main.ts': refersTo('../package.json') + refersTo('./viewer'),
  'src/sources/run.ts': refersTo('../../src/sources/run.sh') + refersTo('../../bpf/'),
  'src/sources/run.sh': '',
  'bpf/x.bt': '',
  'package.json': '{"files":["bpf","dist","src/sources/run.sh"]}',
  Dockerfile: [
    'FROM node AS build',
    'COPY src src',
    'FROM debian',
    'COPY --from=build /app/dist dist',
    'COPY bpf bpf',
    'COPY src/sources/run.sh src/sources/',
    'COPY package.json README.md ./',
  ].join('\n'),
};

describe('a file that is read at run time', () => {
  it('is found by what the source says of its place, seen from dist/; the bundled viewer does not count', () => {
    const viewer = { 'src/viewer/main.ts': refersTo('./a.svg') };
    expect(runTimePaths(tree({ ...HOUSE, ...viewer }))).toEqual(['bpf', 'dist/viewer', 'package.json', 'src/sources/run.sh']);
  });

  it('passes where it is there, in the image and in the package', () => {
    expect(absent(tree(HOUSE))).toEqual([]);
    expect(missingInImage(tree(HOUSE))).toEqual([]);
    expect(missingInPackage(tree(HOUSE))).toEqual([]);
  });

  it('is told when it is gone, or named as if the build copied it', () => {
    const { 'src/sources/run.sh': _, ...gone } = HOUSE;
    expect(absent(tree(gone))).toEqual(['src/sources/run.sh']);
    expect(absent(tree({ ...HOUSE, 'src/a.ts': refersTo('./b.zst'), 'src/b.zst': '' }))).toEqual(['dist/b.zst']);
  });

  it('may be a module beside it with its own ending, compiled or not', () => {
    const worker = { 'src/server/a.ts': 'new URL(`./worker$' + '{extname(import.meta.url)}`, import.meta.url)' };
    expect(runTimePaths(tree(worker))).toEqual(['dist/server/worker.js']);
    expect(absent(tree(worker))).toEqual(['dist/server/worker.js']);
    expect(absent(tree({ ...worker, 'src/server/worker.ts': '' }))).toEqual([]);
  });

  it('is told when the image lacks it: an earlier stage or another place does not do', () => {
    const without = HOUSE.Dockerfile.replace('COPY src/sources/run.sh src/sources/\n', '');
    expect(missingInImage(tree({ ...HOUSE, Dockerfile: without }))).toEqual(['src/sources/run.sh']);
    const elsewhere = HOUSE.Dockerfile.replace('run.sh src/sources/', 'run.sh ./').replace('COPY bpf bpf', 'COPY bpf scripts');
    expect(missingInImage(tree({ ...HOUSE, Dockerfile: elsewhere }))).toEqual(['bpf', 'src/sources/run.sh']);
  });

  it('is told when the package lacks it', () => {
    const files = { ...HOUSE, 'package.json': '{"files":["dist"]}' };
    expect(missingInPackage(tree(files))).toEqual(['bpf', 'src/sources/run.sh']);
  });
});
