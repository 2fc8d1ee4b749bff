import { readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));

/** The viewer, which is built after this, and what scripts/setup notes. */
const KEPT = new Set(['viewer', '.synoptic']);

/** What a module says of its own place; with a name where it is that of a thread, beside it. */
const PLACE = /new URL\(`\.\/([\w-]+)\$\{extname\(import\.meta\.url\)\}`, import\.meta\.url\)|import\.meta\.url/g;

/**
 * In dist/ all files lie side by side. What a module finds by its own place is found as if it were still in a folder of its own there
 * (test/architecture/shipped.ts holds the source to that), and what it starts as a thread gets a file of its own.
 */
const places: Plugin = {
  name: 'places',
  transform(code, id) {
    if (!id.startsWith(SOURCES) || !code.includes('import.meta.url')) return null;
    const own = `new URL('./${inOutput(id)}', import.meta.url).href`;
    const moved = code.replace(PLACE, (_, thread?: string) => {
      if (thread === undefined) return own;
      const source = join(dirname(id), `${thread}.ts`);
      const fileName = inOutput(source).replaceAll('/', '-');
      this.emitFile({ type: 'chunk', id: source, fileName });
      return `new URL('./${fileName}', import.meta.url)`;
    });
    return { code: moved, map: null };
  },
};

/** V8 keeps a source with one character beyond Latin-1 in two bytes a character. */
const narrow: Plugin = {
  name: 'narrow',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk')
          file.code = file.code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      }
    },
  },
};

/** What an earlier build left goes once all that is new is there: a running observer's page, and its next start, find theirs meanwhile. */
const tidy: Plugin = {
  name: 'tidy',
  writeBundle({ dir = '' }, bundle) {
    for (const name of readdirSync(dir)) if (!(name in bundle) && !KEPT.has(name)) rmSync(join(dir, name), { recursive: true });
  },
};

function inOutput(source: string): string {
  return relative(SOURCES, source).replaceAll(sep, '/').replace(/\.ts$/, '.js');
}

/**
 * The program with its packages in a few files: hundreds less to read at a start, and less in memory. Names stay, for stack traces.
 * `vite build scripts`; the viewer, in dist/viewer, is built after it.
 */
export default defineConfig({
  plugins: [places, narrow, tidy],
  // koffi finds its build for this machine by its own place.
  ssr: { noExternal: true, external: ['koffi'] },
  build: {
    ssr: true,
    outDir: '../dist',
    emptyOutDir: false,
    target: 'es2024',
    rolldownOptions: {
      input: join(SOURCES, 'main.ts'),
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      },
    },
  },
});
