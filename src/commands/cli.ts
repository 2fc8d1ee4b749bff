import { Command, CommanderError, Option } from 'commander';
import { LISTEN_FORMS, parseListen } from '../config/listen.ts';
import type { Config } from '../config/schema.ts';
import { SynopticError } from '../core/model/errors.ts';
import type { Speed } from '../formats/replay.ts';
import { inertText } from '../formats/words/visible-text.ts';
import { takeEnvironment } from './environment.ts';
import { EXPORT_FORMATS, type ExportFormat, REPORT_FORMATS, type ReportFormat } from './output-formats.ts';
import { addProbeOptions, type ProbeFlags, targetsOf } from './probe-options.ts';
import { type RedactFlags, redactKeyOption, redactOf, redactOption } from './redact-options.ts';
import { parseSpeed } from './speed.ts';
import { stopSignal } from './stop-signal.ts';
import { beThrifty } from './thrifty.ts';
import { VERSION } from './version.ts';

/**
 * Names the commands and their options, and turns what goes wrong into words and an exit status. What a command consists of is loaded when it
 * is called: `--version` took 113 MB with all of it, and takes 71.
 */
export async function runCli(argv: readonly string[]): Promise<void> {
  // Node's main thread is called MainThread; in ss, ps and our own events it should say who it is.
  process.title = 'synoptic';
  const env = takeEnvironment(process.env);
  const program = new Command('synoptic')
    .description('What TCP really did on this machine, live: every socket state change, from the kernel itself.')
    .version(VERSION)
    .showSuggestionAfterError()
    .showHelpAfterError('(synoptic --help lists the commands)')
    .configureOutput({ writeErr: (text) => void process.stderr.write(inertText(text)) })
    .exitOverride();

  program
    .command('observe')
    .description('observe this machine and serve the page, API and live stream (default http://127.0.0.1:7373)')
    .option('--config <file>', 'settings, as YAML')
    .option('--listen <host:port>', 'where to serve; beyond loopback a token is needed')
    .option('--user <name>', 'become this user once bpftrace is started')
    .option('--data <dir>', 'where captures are kept (default /var/lib/synoptic for root)')
    .option('--demo', 'replay a recorded incident instead: no root, no BPF', false)
    .action(async (options: { config?: string; listen?: string; user?: string; data?: string; demo: boolean }) => {
      const { config: file, demo } = options;
      const [{ loadConfig }, { observe }] = await Promise.all([import('../config/load.ts'), import('./observe.ts')]);
      const written = await loadConfig(file, env);
      let read = (): void => undefined;
      // A terminal that is closed sends SIGHUP, too; nobody would expect to find what ran in it running on.
      const stop = stopSignal(file === undefined || process.stderr.isTTY ? undefined : () => read());
      const onDemand = (task: () => void): void => {
        read = task;
      };
      const reload = file === undefined ? null : { file, env, config: written, onDemand };
      process.exitCode = await observe({ config: withOptions(written, options), demo, reload, stop, say });
    });

  program
    .command('tail')
    .description('print events as they happen, for eyes and pipes')
    .argument('[FILTER...]', 'terms that must all hold: port=443 addr=10.0.0.0/8 state=ESTABLISHED pid= comm= netns= kind= host=')
    .addOption(new Option('--format <format>', 'lines for people, or JSON').choices(['text', 'ndjson']).default('text'))
    .option('--kind <kinds>', 'only these kinds, comma-separated; the same as kind=')
    .option('--canaries', "also Synoptic's own readiness connections", false)
    .option('--config <file>', 'settings, as YAML')
    .action(async (filter: string[], options: { format: 'text' | 'ndjson'; kind?: string; canaries: boolean; config?: string }) => {
      const [{ loadConfig }, { tail }] = await Promise.all([import('../config/load.ts'), import('./tail.ts')]);
      const config = await loadConfig(options.config, env);
      const terms = options.kind === undefined ? filter : [...filter, `kind=${options.kind}`];
      const { format, canaries } = options;
      process.exitCode = await tail({ config, format, filter: terms, canaries, stdout: process.stdout, stop: stopSignal(), say });
    });

  const steps: Parameters<typeof addProbeOptions>[1] = [];
  const probing = program
    .command('probe')
    .description(
      'ask whether a service is alive, and show how its answer came about: the application’s side beside the kernel’s, phase by phase',
    )
    .argument('<TARGET...>', 'tcp:// tls:// http(s):// redis(s):// postgres:// grpc(s):// exchange(s):// heartbeat(s)://');
  addProbeOptions(probing, steps).action(async (texts: string[], flags: ProbeFlags) => {
    const targets = targetsOf(texts, flags, steps);
    const count = flags.count ?? (flags.every === undefined ? 1 : null);
    const [{ loadConfig }, { probe }] = await Promise.all([import('../config/load.ts'), import('./probe.ts')]);
    const config = flags.kernel ? await loadConfig(flags.config, env) : null;
    process.exitCode = await probe({ targets, count, config, json: flags.json, stdout: process.stdout, stop: stopSignal(), say });
  });

  program
    .command('doctor')
    .description('say what this machine allows, which hooks will be used, and what its network settings mean for probing')
    .option('--json', 'for machines', false)
    .option('--config <file>', 'settings, as YAML')
    .action(async (options: { json: boolean; config?: string }) => {
      const [{ loadConfig }, { doctor }, { chooseHooks }] = await Promise.all([
        import('../config/load.ts'),
        import('./doctor.ts'),
        import('./hooks.ts'),
      ]);
      const { bpftrace } = await loadConfig(options.config, env);
      process.exitCode = await doctor({
        json: options.json,
        config: { bpftrace: bpftrace.command },
        chooseHooks: async (machine) => (await chooseHooks(machine, bpftrace.command)).map(({ hook }) => hook),
        stdout: process.stdout,
      });
    });

  program
    .command('replay')
    .description('serve a capture as if it happened now, or print what is found in it')
    .argument('<CAPTURE>', 'a capture’s file, or a folder of the flight recorder’s segments')
    .option('--speed <n>', 'recorded seconds a second, or max', parseSpeed, 1)
    .option('--listen <host:port>', 'where to serve; beyond loopback a token is needed')
    .option('--config <file>', 'settings, as YAML')
    .option('--findings', 'print findings as lines of JSON instead, as fast as can be', false)
    .action(async (file: string, options: { speed: Speed; listen?: string; config?: string; findings: boolean }) => {
      const { printFindings, replay } = await import('./replay.ts');
      if (options.findings) {
        process.exitCode = await printFindings(file, process.stdout);
        return;
      }
      const { loadConfig } = await import('../config/load.ts');
      const config = withOptions(await loadConfig(options.config, env), options);
      process.exitCode = await replay({ file, config, speed: options.speed, stop: stopSignal(), say });
    });

  program
    .command('export')
    .description('write a capture’s events in another form')
    .argument('<CAPTURE>', 'a capture’s file, or a folder of the flight recorder’s segments')
    .addOption(
      new Option(
        '--to <format>',
        'ndjson: an event a line; perfetto: for ui.perfetto.dev; parquet: for DuckDB, pandas and the like; capture: one file that replays',
      )
        .choices(EXPORT_FORMATS)
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --out <file>', 'where to; - is standard output')
    .addOption(redactOption())
    .addOption(redactKeyOption())
    .action(async (file: string, { to, out, ...flags }: { to: ExportFormat; out: string } & RedactFlags) => {
      beThrifty();
      const { exportCapture } = await import('./export.ts');
      const terminal = process.stderr.isTTY ? process.stderr : null;
      const redact = redactOf(flags);
      process.exitCode = await exportCapture({ file, to, redact, out, stdout: process.stdout, terminal, stop: stopSignal(), say });
    });

  program
    .command('report')
    .description('write one page about a capture, fit for a postmortem, to standard output')
    .argument('<CAPTURE>', 'a capture’s file, or a folder of the flight recorder’s segments')
    .addOption(new Option('--format <format>', 'Markdown, or HTML that needs nothing else').choices(REPORT_FORMATS).default('md'))
    .addOption(redactOption())
    .addOption(redactKeyOption())
    .action(async (file: string, { format, ...flags }: { format: ReportFormat } & RedactFlags) => {
      const { report } = await import('./report.ts');
      process.exitCode = await report({ file, format, redact: redactOf(flags), stdout: process.stdout, say });
    });

  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** Options go before the file. */
function withOptions(config: Config, options: { listen?: string; user?: string; data?: string }): Config {
  let listen = config.listen;
  if (options.listen !== undefined) {
    const parsed = parseListen(options.listen);
    if (parsed === null) {
      throw new SynopticError('USAGE', `${JSON.stringify(options.listen)} is no address to listen on`, {
        where: '--listen',
        expected: LISTEN_FORMS,
      });
    }
    listen = parsed;
  }
  // `--data "$UNSET"`: by itself it would be the folder one happens to be in.
  if (options.data === '') throw new SynopticError('USAGE', '--data names no folder', { where: '--data', expected: 'a folder' });
  return { ...config, listen, user: options.user ?? config.user, data: options.data ?? config.data };
}

/** For people; standard output is for data. What others have chosen in it (names of files, of hosts, a far end's words) acts on no terminal. */
function say(line: string): void {
  process.stderr.write(`${inertText(line)}\n`);
}

function explain(error: unknown): number {
  // Commander has already said what is wrong; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SynopticError) {
    say(`synoptic: ${error.text}`);
    return error.exit;
  }
  say(`synoptic: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  say('  do: this is a fault in Synoptic itself; please report it with the lines above');
  return 1;
}
