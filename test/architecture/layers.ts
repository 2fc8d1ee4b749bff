import type { Import } from './imports.ts';

/**
 * The rooms of the house and the arrows that are allowed between them: the flow's order, pointing right or down only. An arrow to a room
 * that is reached through an allowed one is allowed too (server → formats → core/model).
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'src/core/model': [],
  'src/core/timing': ['src/core/model'],
  'src/core/decode': ['src/core/model'],
  'src/core/track': ['src/core/model'],
  'src/core/correlate': ['src/core/model', 'src/core/track', 'src/core/timing'],
  'src/core/detect': ['src/core/model', 'src/core/track'],
  'src/core/story.ts': ['src/core/model', 'src/core/track', 'src/core/correlate', 'src/core/detect'],
  'src/core/pipeline.ts': ['src/core/story.ts', 'src/core/model', 'src/core/decode', 'src/core/track', 'src/core/correlate'],
  'src/formats': ['src/core/model'],
  'src/config': ['src/core/model', 'src/formats'],
  'src/sources': ['src/core/model', 'src/core/timing', 'src/formats'],
  'src/sinks': ['src/core/model', 'src/formats'],
  'src/export': ['src/core/model', 'src/formats'],
  'src/viewer': ['src/core/model', 'src/formats'],
  'src/server': ['src/core/model', 'src/formats', 'src/sinks'],
  'src/commands': [
    'src/core/pipeline.ts',
    'src/core/model',
    'src/core/decode',
    'src/core/track',
    'src/core/correlate',
    'src/core/detect',
    'src/core/timing',
    'src/formats',
    'src/config',
    'src/sources',
    'src/sinks',
    'src/export',
    'src/server',
  ],
  'src/main.ts': ['src/commands'],
};

/** The room a file is in, or null where it has no place in the house. */
export function roomOf(path: string): string | null {
  return Object.keys(ARROWS).find((room) => path === room || path.startsWith(`${room}/`)) ?? null;
}

/** Files of src/ that are in no room. */
export function homeless(paths: readonly string[]): string[] {
  return paths.filter((path) => /\.tsx?$/.test(path) && roomOf(path) === null);
}

/** Imports against the arrows, or out of src/. */
export function forbiddenArrows(imports: readonly Import[]): string[] {
  return imports.filter((i) => i.to !== null && !isAllowed(roomOf(i.from), roomOf(i.to))).map((i) => `${i.from} → ${i.to}`);
}

function isAllowed(from: string | null, to: string | null): boolean {
  return from !== null && to !== null && (from === to || (ARROWS[from] ?? []).includes(to));
}

/** What makes the core impure: any import that is not of the core itself. */
export function impurities(imports: readonly Import[]): string[] {
  return imports.filter((i) => i.from.startsWith('src/core/') && !i.to?.startsWith('src/core/')).map((i) => `${i.from} → ${i.specifier}`);
}
