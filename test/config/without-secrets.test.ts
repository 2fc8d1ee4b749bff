import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/schema.ts';
import { withoutSecrets } from '../../src/config/without-secrets.ts';

const SECRET = 'never-to-be-seen';

const CONFIG = parseConfig(
  `
token: ${SECRET}-token
probes:
  - redis://:${SECRET}@10.0.0.7
  - target: https://shop.example/health
    headers: { authorization: ${SECRET} }
webhook:
  url: https://pager.example.net/${SECRET}
  secret: ${SECRET}-${SECRET}
`,
  'f.yml',
  {},
);

describe('the settings that a capture holds', () => {
  it('say of a secret only that it is set', () => {
    const held = withoutSecrets(CONFIG);
    expect(JSON.stringify(held)).not.toContain(SECRET);
    expect(held).toMatchObject({ token: '(set)', probes: '(2 set)', webhook: { url: '(set)', secret: '(set)', severity: 'warning' } });
    expect(withoutSecrets(parseConfig('', 'f.yml', {}))).toMatchObject({
      token: null,
      probes: '(0 set)',
      webhook: { url: null, secret: null },
    });
  });

  it('are else as they were: a replay stands on them', () => {
    const { detect, bpftrace, maxSockets } = CONFIG;
    expect(withoutSecrets(CONFIG)).toMatchObject({ detect, bpftrace, maxSockets });
  });

  it('know every setting that may be a secret by its name', () => {
    const named = SETTINGS.filter(({ path }) => /token|secret|password|url$|^probes$/i.test(path));
    expect(named.filter(({ secret }) => secret !== true).map(({ path }) => path)).toEqual([]);
    expect(named.length).toBeGreaterThan(3);
  });
});
