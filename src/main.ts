import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// A tenth of a second of each start is compiling what did not change. Where the folder cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../.cache/compile', import.meta.url)));
const { runCli } = await import('./commands/cli.ts');
await runCli(process.argv);
