import { runCli } from './commands/cli.ts';

await runCli(process.argv);
