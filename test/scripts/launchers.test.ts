import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { YOUNG } from '../lab/product.ts';

it.each(['scripts/observe', 'scripts/synoptic', 'scripts/systemd/synoptic.service', 'Dockerfile'])(
  '%s starts Node as it is measured',
  (path) => {
    const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    const starts = text.split('\n').filter((line) => /^(exec|ExecStart=|ENTRYPOINT).*dist\/main\.js/.test(line));
    expect(starts).toEqual([expect.stringContaining(YOUNG)]);
  },
);
