import { ledgerFaults } from './ledger.ts';
import { SCENES, type Scene } from './lines.ts';
import type { GuestReport, Way, WayReport } from './report.ts';

type Lines = Readonly<Record<Scene, readonly string[]>>;

/** What is to be seen: everywhere, and by kernel (`6.1`) where that kernel really differs. */
export interface Golden {
  readonly scenes: Lines;
  readonly kernels: Readonly<Record<string, { readonly why: string; readonly scenes: Partial<Lines> }>>;
}

/** What a way is about: told by other scripts it proves nothing, however right their events are. By fact. */
const TOLD_BY: Readonly<Record<Way, Readonly<Record<string, readonly string[]>>>> = {
  best: {},
  tracepoint: { 'sock-state': ['sock-state', 'sock-state-lean'], retransmit: ['retransmit'] },
  kprobe: { 'sock-state': ['sock-state-kprobe'], retransmit: ['retransmit-kprobe'] },
};

/** `6.1.0-50-cloud-amd64` → `6.1`. */
export function kernelLine(release: string): string {
  return /^\d+\.\d+/.exec(release)?.[0] ?? release;
}

/** What a way must tell on a kernel. By kprobe neither tail loss probes nor SYN-ACKs sent again are seen, as retransmit-kprobe.bt says. */
export function expected(golden: Golden, kernel: string, way: Pick<WayReport, 'hooks'>): Lines {
  const told = { ...golden.scenes, ...golden.kernels[kernel]?.scenes };
  const exact = way.hooks.some(({ script }) => script === 'time-wait-kprobe');
  const own = { ...told, exchange: told.exchange.map((line) => (exact && line.includes('time-wait') ? `${line}, exact` : line)) };
  if (!way.hooks.some(({ script }) => script === 'retransmit-kprobe')) return own;
  const seen = (line: string) => !line.includes('by tlp') && !line.includes('again: synack');
  return { ...own, handshake: own.handshake.filter(seen), data: own.data.filter(seen) };
}

/** Everything that is not as it should be, in words; empty where all is. */
export function differences(report: GuestReport, golden: Golden): string[] {
  const kernel = kernelLine(report.kernel);
  return [
    ...(report.ways.length === 0 ? ['nothing was played'] : []),
    ...report.ways.flatMap((way) => ofWay(way, expected(golden, kernel, way))),
    ...ofOthers(report),
    ...(report.ledger ? ledgerFaults(report.ledger) : []),
    ...(report.ledger === null && report.ways.some(({ way }) => way === 'kprobe')
      ? ['TIME_WAIT: inferred only, though kprobes attach']
      : []),
  ];
}

function ofWay(way: WayReport, lines: Lines): string[] {
  if (way.scenes === null) return [`${way.way}: ${way.fault ?? 'no word'}`];
  const strangers = Object.entries(TOLD_BY[way.way]).flatMap(([fact, scripts]) => {
    const script = way.hooks.find((hook) => hook.fact === fact)?.script ?? null;
    return script !== null && scripts.includes(script)
      ? []
      : [`${way.way}: ${fact} was told by ${script ?? 'none'}, not by ${scripts.join(' or ')}`];
  });
  const { scenes } = way;
  const found = SCENES.flatMap((scene) => {
    const faults = ofScene(way.way, scene, scenes[scene], lines[scene]);
    return faults.length === 0 && scenes[scene].join('\n') !== lines[scene].join('\n')
      ? [`${way.way}, ${scene}: in another order`]
      : faults;
  });
  return [...strangers, ...found, ...way.gaps.map((gap) => `${way.way}: a gap: ${gap}`)];
}

function ofScene(way: Way, scene: Scene, seen: readonly string[], lines: readonly string[]): string[] {
  return [
    ...lines.filter((line) => !seen.includes(line)).map((line) => `${way}, ${scene}: not seen: ${line}`),
    ...seen.filter((line) => !lines.includes(line)).map((line) => `${way}, ${scene}: not expected: ${line}`),
    ...(seen.length === lines.length ? [] : [`${way}, ${scene}: ${seen.length} lines, not ${lines.length}`]),
  ];
}

/** Scripts that were chosen and then refused by this kernel, with why: others took their place. */
export function leftOut({ words }: WayReport): string[] {
  return [...words.matchAll(/^bpf\/(\S+)\.bt cannot attach here and is left out: (.*)$/gm)].map(([, script, why]) => `${script}: ${why}`);
}

/** A script that is refused must be refused in words. */
function ofOthers({ others }: GuestReport): string[] {
  return Object.entries(others).flatMap(([script, why]) => (why === 'it ended without a word' ? [`${script}: ${why}`] : []));
}
