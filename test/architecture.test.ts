import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cycles, importsOf } from './architecture/imports.ts';
import { forbiddenArrows, homeless, impurities } from './architecture/layers.ts';
import { foreignAddresses, lockGaps, looseVersions, unhashed } from './architecture/lock.ts';
import {
  errorCodes,
  forgottenErrors,
  idleDecoders,
  lackingHeaders,
  scriptNames,
  undecoded,
  undocumentedErrors,
  untestedScripts,
  unusedErrors,
} from './architecture/partners.ts';
import { threats, unproven } from './architecture/proofs.ts';
import { emptyNames, strangers, tooLong } from './architecture/shape.ts';
import { absent, missingInImage, missingInPackage, runTimePaths } from './architecture/shipped.ts';
import { readTree, under } from './architecture/tree.ts';

// The checks themselves are tested, against small bad houses, in test/architecture/.
const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));
const imports = importsOf(tree);

describe('the house', () => {
  it('is read at all', () => {
    expect(under(tree, 'src/core/model').length).toBeGreaterThan(0);
    expect(imports.length).toBeGreaterThan(0);
  });

  it('has nothing at the top level but what belongs there', () => {
    expect(strangers(tree)).toEqual([]);
  });

  it('has a room for every source file', () => {
    expect(homeless(under(tree, 'src'))).toEqual([]);
  });

  it('has arrows that only point right or down', () => {
    expect(forbiddenArrows(imports)).toEqual([]);
  });

  it('has imports that all lead to a file that is there', () => {
    expect(imports.filter((i) => i.to !== null && !tree.has(i.to))).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('has a core that imports nothing but the core', () => {
    expect(impurities(imports)).toEqual([]);
  });

  it('has no source file over 300 lines', () => {
    expect(tooLong(tree)).toEqual([]);
  });

  it('has no file or folder named after nothing in particular', () => {
    expect(emptyNames(tree)).toEqual([]);
  });
});

describe('every package', () => {
  const lock = JSON.parse(tree.get('package-lock.json') ?? '');

  it('is pinned exactly', () => {
    expect(looseVersions(JSON.parse(tree.get('package.json') ?? ''))).toEqual([]);
  });

  it('is in the lock file, those of other platforms too, so that npm ci accepts it anywhere', () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(1);
    expect(lockGaps(lock)).toEqual([]);
  });

  it('that the service needs is locked by its hash', () => {
    expect(unhashed(lock)).toEqual([]);
  });

  it('comes from the public registry', () => {
    expect(foreignAddresses(lock)).toEqual([]);
  });
});

describe('every file that is read at run time', () => {
  it('is found by its place', () => {
    expect(runTimePaths(tree).length).toBeGreaterThan(0);
  });

  it('is there', () => {
    expect(absent(tree)).toEqual([]);
  });

  it('is copied into the image', () => {
    expect(missingInImage(tree)).toEqual([]);
  });

  it('is in the package', () => {
    expect(missingInPackage(tree)).toEqual([]);
  });
});

describe('every threat', () => {
  it('is found in src/SECURITY.md', () => {
    expect(threats(tree).length).toBeGreaterThan(20);
  });

  it('has a defence that a test proves', () => {
    expect(unproven(tree)).toEqual([]);
  });
});

describe('every error code', () => {
  it('is found in the table', () => {
    expect(errorCodes(tree).length).toBeGreaterThan(0);
  });

  it('is used in the source', () => {
    expect(unusedErrors(tree)).toEqual([]);
  });

  it('is explained in README.md, which explains no other', () => {
    expect(undocumentedErrors(tree)).toEqual([]);
    expect(forgottenErrors(tree)).toEqual([]);
  });
});

describe('every kernel script', () => {
  it('is found in bpf/', () => {
    expect(scriptNames(tree).length).toBeGreaterThan(0);
  });

  it('has a header that is its manual', () => {
    expect(lackingHeaders(tree)).toEqual([]);
  });

  it('prints records that all have a decoder, and every decoder has a script', () => {
    expect(undecoded(tree)).toEqual([]);
    expect(idleDecoders(tree)).toEqual([]);
  });

  it('has a live test', () => {
    expect(untestedScripts(tree)).toEqual([]);
  });
});
