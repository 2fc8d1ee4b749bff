import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../lab/until.ts';

/** A real server of this machine on a loopback port of its own, in a folder of its own. Ended, with all it started, when disposed of. */
export class RealServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #said = '';

  private constructor(folder: string, port: number, command: readonly string[]) {
    this.folder = folder;
    this.port = port;
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
    }
    this.#exit = once(this.#child, 'close');
  }

  /** @param server the `server { … }` block but for its `listen`; `ssl` listens with the certificate of that name, `http2` in HTTP/2. */
  static async nginx(server: string, ssl: string | null = null, http2 = false): Promise<RealServer> {
    const folder = newFolder();
    const port = await freePort();
    if (ssl !== null) certificate(folder, ssl);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder};`).join(' ');
    const certificates = ssl === null ? '' : `ssl_certificate ${folder}/${ssl}.pem; ssl_certificate_key ${folder}/${ssl}.key;`;
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; pid ${folder}/pid; error_log stderr; worker_processes 1; events { worker_connections 256; }
       http { access_log off; ${temporary} server { listen 127.0.0.1:${port}${ssl === null ? '' : ' ssl'}${http2 ? ' http2' : ''}; ${certificates} ${server} } }`,
    );
    return await RealServer.#listening(folder, port, ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')]);
  }

  static async redis(...more: string[]): Promise<RealServer> {
    const folder = newFolder();
    const port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...more];
    return await RealServer.#listening(folder, port, ['redis-server', ...options]);
  }

  /**
   * Role `postgres` proves its password by SCRAM-SHA-256, `hashed` by MD5, `clear` sends it in clear text; it is `s3cret` for all.
   * Nobody else gets in.
   */
  static async postgres(): Promise<RealServer> {
    const folder = newFolder();
    const port = await freePort();
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    writeFileSync(join(folder, 'password'), 's3cret\n');
    // PostgreSQL refuses to run as root.
    const user = idOf('postgres');
    for (const path of [folder, data, join(folder, 'password')]) chownSync(path, user.uid, user.gid);
    const as = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    const bin = postgresFolder();
    const [program = '', ...rest] = as;
    const hba = ['clear 127.0.0.1/32 password', 'hashed 127.0.0.1/32 md5', 'postgres,none 127.0.0.1/32 scram-sha-256'];
    const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${join(folder, 'password')}`];
    execFileSync(program, [...rest, ...initdb, '-N', '--no-instructions', '--locale=C'], { stdio: 'pipe' });
    writeFileSync(join(data, 'pg_hba.conf'), hba.map((line) => `host all ${line}\n`).join(''));
    certificate(folder, 'localhost', user);
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: join(folder, 'localhost.pem'),
      ssl_key_file: join(folder, 'localhost.key'),
      max_connections: 8,
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = await RealServer.#listening(folder, port, [...as, join(bin, 'postgres'), '-D', data, ...options]);
    const roles = `CREATE ROLE clear LOGIN PASSWORD 's3cret'; SET password_encryption = 'md5'; CREATE ROLE hashed LOGIN PASSWORD 's3cret';`;
    const url = `postgres://postgres:s3cret@127.0.0.1:${port}/postgres`;
    await until('PostgreSQL has its roles', () => {
      try {
        execFileSync(join(bin, 'psql'), [url, '-qc', roles], { stdio: 'pipe' });
        return true;
      } catch (error) {
        // It listens before it serves.
        if (String(error).includes('starting up')) return false;
        throw error;
      }
    });
    return server;
  }

  static async #listening(folder: string, port: number, command: readonly string[]): Promise<RealServer> {
    const server = new RealServer(folder, port, command);
    try {
      await until(`${command.find((word) => !word.startsWith('-'))} listens`, () => {
        if (server.#child.exitCode !== null) throw new Error(server.#said);
        return canConnect(port);
      });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return Number(this.#child.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGCONT');
    // INT: PostgreSQL's fast shutdown, and good enough for the others.
    this.#child.kill('SIGINT');
    const hang = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#exit;
    clearTimeout(hang);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A key and a certificate for a host name that it signed itself; who trusts it is given it. */
function certificate(folder: string, name: string, owner: { readonly uid: number; readonly gid: number } | null = null): void {
  const file = join(folder, name);
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...made, '-keyout', `${file}.key`, '-out', `${file}.pem`], { stdio: 'pipe' });
  if (owner === null) return;
  chmodSync(`${file}.key`, 0o600);
  for (const end of ['key', 'pem']) chownSync(`${file}.${end}`, owner.uid, owner.gid);
}

function idOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Debian keeps the server off the PATH, one folder a version. */
function postgresFolder(): string {
  const versions = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  const newest = versions[0];
  if (newest === undefined) throw new Error('PostgreSQL is not installed');
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** Workers are ordinary users and must reach it. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'synoptic-real-'));
  chmodSync(folder, 0o755);
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  server.close();
  await closed;
  return port;
}

function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => resolve(false));
  socket.on('connect', () => {
    socket.destroy();
    resolve(true);
  });
  return promise;
}
