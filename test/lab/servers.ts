import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LabNamespace } from './namespace.ts';
import { until } from './until.ts';

/** A real server in a namespace, with a folder of its own; ready when it listens. Ended when disposed of. */
export class LabServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #folder: string;
  #said = '';

  private constructor(lab: LabNamespace, folder: string, command: readonly string[]) {
    this.#folder = folder;
    this.#child = spawn('ip', ['netns', 'exec', lab.name, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
    this.#exit = once(this.#child, 'close');
  }

  static async nginx(lab: LabNamespace, port: number): Promise<LabServer> {
    const folder = newFolder();
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events { worker_connections 512; }
       http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder};
       scgi_temp_path ${folder}; server { listen 127.0.0.1:${port}; location / { return 200 "fine"; } } }`,
    );
    return LabServer.#listening(lab, port, folder, ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')]);
  }

  static async redis(lab: LabNamespace, port: number): Promise<LabServer> {
    const folder = newFolder();
    return LabServer.#listening(lab, port, folder, [
      'redis-server',
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      folder,
    ]);
  }

  static async #listening(lab: LabNamespace, port: number, folder: string, command: readonly string[]): Promise<LabServer> {
    const server = new LabServer(lab, folder, command);
    try {
      await until(`${command[0]} listens`, () => {
        if (server.#child.exitCode !== null) throw new Error(server.#said);
        return lab.run('ss', '-Hltn', `sport = :${port}`) !== '';
      });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** To the server itself: `ip netns exec` has become it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // nginx's master ends its worker itself; killed, it would leave it behind.
    this.#child.kill('SIGTERM');
    const hang = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#exit;
    clearTimeout(hang);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** nginx's worker is an ordinary user and must reach it. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'synoptic-server-'));
  chmodSync(folder, 0o755);
  return folder;
}
