import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** A gzip beside each file, which the server gives to whoever takes it: nothing is compressed while something is observed. */
const packed: Plugin = {
  name: 'packed',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        const source = gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 });
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source });
      }
    },
  },
};

/** Paths are relative to this folder, which is Vite's root: `vite build src/viewer`. */
export default defineConfig({
  base: './',
  plugins: [packed],
  // Preact's JSX without a plug-in.
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/viewer',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL would need a wider CSP than 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
