import { execFile, execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, statSync } from 'node:fs';

const PREFIX = 'synoptic-lab';
/** Namespaces that exist now, so that none is left however we end. */
const existing = new Set<string>();
/** Open files of removed ones: the kernel gives a free inode to the next namespace, which would then be taken for the one before. */
const pinned: number[] = [];
/** One after the other: all of them ask for the same lock of the kernel, and whoever acts meanwhile would wait behind a dozen. */
let opening: Promise<unknown> = Promise.resolve();
process.once('exit', () => {
  for (const name of existing) execFileSync('ip', ['netns', 'del', name]);
});
// The second of these would end us without `exit` being told.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Runs a command and gives its output. */
export function run(command: readonly string[], input = ''): Promise<string> {
  const [file = '', ...args] = command;
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    // A command that reads nothing may have ended by now.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** Lets go of the namespaces that were removed: from now on their inodes may come again. */
export function release(): void {
  for (const fd of pinned.splice(0)) closeSync(fd);
}

/** Removes the namespaces of labs whose process is gone: one that was killed could not. */
export async function sweep(): Promise<void> {
  const left = readdirSync('/run/netns').filter((name) => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined;
  });
  await run(['ip', '-batch', '-'], left.map((name) => `netns del ${name}\n`).join(''));
}

/**
 * Hosts on one switch: each a network namespace with `eth0`, the switch a namespace of its own with one port a host, named like it. What is
 * lost there is lost on the wire: no host sees it go.
 */
export class Network implements AsyncDisposable {
  readonly #id: string;
  readonly #subnet: string;
  readonly #hosts: readonly string[];

  private constructor(id: string, subnet: string, hosts: readonly string[]) {
    this.#id = id;
    this.#subnet = subnet;
    this.#hosts = hosts;
  }

  /** `subnet`: the first three octets; hosts get .1, .2, … in their order, but for those named in `unnumbered`. */
  static async open(id: string, subnet: string, hosts: readonly string[], unnumbered: readonly string[] = []): Promise<Network> {
    const opened = opening.then(() => Network.#open(id, subnet, hosts, unnumbered));
    opening = opened.catch(() => undefined);
    return opened;
  }

  static async #open(id: string, subnet: string, hosts: readonly string[], unnumbered: readonly string[]): Promise<Network> {
    const network = new Network(`${PREFIX}-${process.pid}-${id}`, subnet, hosts);
    const names = [...hosts, 'switch'].map((host) => network.nameOf(host));
    for (const name of names) existing.add(name);
    await run(['ip', '-batch', '-'], names.map((name) => `netns add ${name}\n`).join(''));
    await network.ip('switch', 'link add br0 type bridge', 'link set br0 up');
    for (const host of hosts) {
      await network.ip(
        'switch',
        `link add ${host} type veth peer name eth0 netns ${network.nameOf(host)}`,
        `link set ${host} master br0 up`,
      );
      const numbered = unnumbered.includes(host) ? [] : [`addr add ${network.addressOf(host)}/24 dev eth0`];
      await network.ip(host, 'link set lo up', ...numbered, 'link set eth0 up');
    }
    return network;
  }

  nameOf(host: string): string {
    return `${this.#id}-${host}`;
  }

  pathOf(host: string): string {
    return `/run/netns/${this.nameOf(host)}`;
  }

  addressOf(host: string): string {
    return `${this.#subnet}.${this.#hosts.indexOf(host) + 1}`;
  }

  /** Inode of the host's namespace: what events call `netns`. */
  netnsOf(host: string): number {
    return statSync(this.pathOf(host)).ino;
  }

  /** Commands of ip(8) in one go. */
  async ip(host: string, ...commands: readonly string[]): Promise<void> {
    await run(['ip', '-n', this.nameOf(host), '-batch', '-'], commands.map((command) => `${command}\n`).join(''));
  }

  async run(host: string, command: readonly string[], input = ''): Promise<string> {
    return run(['nsenter', `--net=${this.pathOf(host)}`, ...command], input);
  }

  /** Settings below net.ipv4, `NAME=VALUE`. */
  async sysctl(host: string, ...settings: readonly string[]): Promise<void> {
    await this.run(host, ['sysctl', '-qw', ...settings.map((setting) => `net.ipv4.${setting}`)]);
  }

  /** nftables rules for what comes from a host, applied on the wire. None: everything passes again. */
  async wire(from: string, ...rules: readonly string[]): Promise<void> {
    await this.#rules('switch', `netdev ${from}`, `type filter hook ingress device "${from}" priority 0`, rules);
  }

  /** nftables rules of a host's own for what it is about to take in. None: it takes all again. */
  async firewall(host: string, ...rules: readonly string[]): Promise<void> {
    await this.#rules(host, 'inet lab', 'type filter hook input priority 0', rules);
  }

  async #rules(host: string, table: string, hook: string, rules: readonly string[]): Promise<void> {
    const chain = rules.length > 0 ? ['chain lab {', `${hook};`, ...rules, '}'] : [];
    const text = [`add table ${table}`, `delete table ${table}`, `table ${table} {`, ...chain, '}', ''].join('\n');
    await this.run(host, ['nft', '-f', '-'], text);
  }

  /** Out of the wall: whatever goes there is lost, and nothing comes. */
  async unplug(host: string): Promise<void> {
    await this.ip('switch', `link set ${host} nomaster`);
  }

  async plug(host: string): Promise<void> {
    await this.ip('switch', `link set ${host} master br0`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = [...this.#hosts, 'switch'].map((host) => this.nameOf(host));
    pinned.push(...[...this.#hosts, 'switch'].map((host) => openSync(this.pathOf(host), 'r')));
    await run(['ip', '-batch', '-'], names.map((name) => `netns del ${name}\n`).join(''));
    for (const name of names) existing.delete(name);
  }
}
