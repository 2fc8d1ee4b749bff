import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { startYoung } from './commands/young-generation.ts';

startYoung();
// A tenth of a second of each start is compiling what did not change. Where the folder cannot be written, nothing is kept.
enableCompileCache(join(import.meta.dirname, '..', '.cache', 'compile'));
const { runCli } = await import('./commands/cli.ts');
await runCli(process.argv);
