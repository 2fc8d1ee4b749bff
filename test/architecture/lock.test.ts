import { describe, expect, it } from 'vitest';
import { foreignAddresses, lockGaps, looseVersions, unhashed } from './lock.ts';

describe('a lock file', () => {
  it('is told which platforms’ packages it names and does not hold, wherever npm would have put them', () => {
    const packages = {
      'node_modules/tool': { optionalDependencies: { 'tool-linux': '1.0.0', 'tool-win32': '1.0.0', 'tool-darwin': '1.0.0' } },
      'node_modules/tool-linux': {},
      'node_modules/tool/node_modules/tool-darwin': {},
    };
    expect(lockGaps({ packages })).toEqual(['tool-win32']);
  });

  it('is told which packages of the service have no hash; tools and the project itself need none', () => {
    expect(unhashed({ packages: { '': {}, a: { integrity: 'sha512-x' }, b: {}, c: { dev: true } } })).toEqual(['b']);
  });

  it('is told of an address that a package is tied to', () => {
    const elsewhere = 'https://packages.example/a.tgz';
    expect(foreignAddresses({ packages: { a: { resolved: elsewhere }, b: { resolved: '' }, c: {} } })).toEqual([elsewhere]);
  });
});

describe('package.json', () => {
  it('is told which versions are ranges', () => {
    const manifest = {
      dependencies: { a: '1.2.3', b: '^1.2.3' },
      devDependencies: { c: '2.0.0-rc.1', d: '*' },
      optionalDependencies: { e: '~1.0.0' },
    };
    expect(looseVersions(manifest)).toEqual(['b@^1.2.3', 'd@*', 'e@~1.0.0']);
  });
});
