import { defineConfig } from 'vite';

/** Paths are relative to this folder, which is Vite's root: `vite build src/viewer`. */
export default defineConfig({
  base: './',
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
