import { describe, expect, it } from 'vitest';
import { cycles, importsOf, specifiersIn } from './imports.ts';
import { forbiddenArrows, homeless, impurities, roomOf } from './layers.ts';

const house = (files: Record<string, string>) => importsOf(new Map(Object.entries(files)));

describe('finding imports', () => {
  it('sees every way to write one, type-only ones too', () => {
    const text = [
      `import { a } from './a.ts';`,
      `import type { B } from './b.ts';`,
      `import './c.ts';`,
      `export { d } from './d.ts';`,
      `export type * from './e.ts';`,
      `const f = await import('./f.ts');`,
      `type G = import('./g.ts').G;`,
    ].join('\n');
    expect(specifiersIn('x.ts', text)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts', './e.ts', './f.ts', './g.ts']);
  });

  it('is not fooled by comments and strings', () => {
    expect(specifiersIn('x.ts', `// import './a.ts'\nconst s = "import './b.ts'";`)).toEqual([]);
  });

  it('follows a path up and down, and knows a package from a file', () => {
    const found = house({ 'src/sinks/live/queue.ts': `import '../../formats/live.ts';\nimport 'ws';` });
    expect(found.map((i) => i.to)).toEqual(['src/formats/live.ts', null]);
  });
});

describe('cycles', () => {
  it('are found, each once, through type-only imports too', () => {
    const found = cycles(
      house({
        'src/sinks/a.ts': `import './b.ts';`,
        'src/sinks/b.ts': `import './c.ts';`,
        'src/sinks/c.ts': `import type { A } from './a.ts';`,
      }),
    );
    expect(found).toEqual(['src/sinks/a.ts → src/sinks/b.ts → src/sinks/c.ts → src/sinks/a.ts']);
  });

  it('are not two ways to the same file', () => {
    const diamond = { 'src/a.ts': `import './b.ts';\nimport './c.ts';`, 'src/b.ts': `import './d.ts';`, 'src/c.ts': `import './d.ts';` };
    expect(cycles(house(diamond))).toEqual([]);
  });

  it('are found behind a file that was already visited on a way without one', () => {
    const files = { 'src/a.ts': `import './d.ts';`, 'src/d.ts': `import './e.ts';`, 'src/e.ts': `import './d.ts';` };
    expect(cycles(house(files))).toEqual(['src/d.ts → src/e.ts → src/d.ts']);
  });
});

describe('arrows', () => {
  it('that point left or up are refused', () => {
    const found = forbiddenArrows(
      house({
        'src/core/model/event.ts': `import type { Row } from '../track/table.ts';`,
        'src/core/decode/sock-state.ts': `import '../track/table.ts';`,
        'src/formats/live.ts': `import '../sinks/live.ts';`,
        'src/viewer/main.tsx': `import '../core/track/table.ts';`,
        'src/sources/replay.ts': `import '../config/schema.ts';`,
        'src/server/routes.ts': `import '../sources/replay.ts';`,
        'src/main.ts': `import './server/routes.ts';`,
      }),
    );
    expect(found).toHaveLength(7);
  });

  it('into a place outside the house are refused', () => {
    expect(forbiddenArrows(house({ 'src/commands/observe.ts': `import '../../test/golden/make.ts';` }))).toEqual([
      'src/commands/observe.ts → test/golden/make.ts',
    ]);
  });

  it('that the design allows pass', () => {
    const found = forbiddenArrows(
      house({
        'src/main.ts': `import './commands/observe.ts';`,
        'src/commands/observe.ts': `import '../core/pipeline.ts';\nimport '../server/server.ts';`,
        'src/server/server.ts': `import '../sinks/live.ts';\nimport '../formats/live.ts';\nimport '../core/model/errors.ts';`,
        'src/core/pipeline.ts': `import './story.ts';`,
        'src/core/story.ts': `import './detect/index.ts';`,
        'src/core/detect/half-open.ts': `import type { View } from '../track/table.ts';`,
      }),
    );
    expect(found).toEqual([]);
  });
});

describe('rooms', () => {
  it('hold every file, and one in none is told', () => {
    expect(homeless(['src/core/pipeline.ts', 'src/viewer/main.tsx', 'src/lib/thing.ts', 'src/core/clock.ts', 'src/DECISIONS.md'])).toEqual([
      'src/lib/thing.ts',
      'src/core/clock.ts',
    ]);
  });

  it('are whole names: src/server is not src/server-side', () => {
    expect(roomOf('src/server-side/a.ts')).toBeNull();
  });
});

describe('the core', () => {
  it('is impure with node:, a package, or a file from outside', () => {
    const text = `import 'node:fs';\nimport type { z } from 'zod';\nimport '../../formats/event.ts';\nimport './event.ts';`;
    expect(impurities(house({ 'src/core/model/x.ts': text }))).toEqual([
      'src/core/model/x.ts → node:fs',
      'src/core/model/x.ts → zod',
      'src/core/model/x.ts → ../../formats/event.ts',
    ]);
  });
});
