import type { CaptureHeader } from '../../formats/capture/header.ts';
import type { NetstackSetting } from '../../formats/netstack.ts';
import { versionOf } from './input.ts';
import type { Names } from './names.ts';
import { WITHHELD } from './own-words.ts';

/** Says that it is one, wherever a capture's title is shown. */
const TITLE = 'redacted, so addresses and names here are stand-ins';

/** A capture's header with stand-ins. Of the settings the detectors' thresholds stay, which a replay stands on, and nothing else. */
export function redactHeader(header: CaptureHeader, names: Names): CaptureHeader {
  const { synopticCapture, synoptic, scripts, clock, maxSockets, configuration, frozen } = header;
  return {
    synopticCapture,
    synoptic: versionOf(synoptic),
    run: names.word('run', header.run),
    host: names.host(header.host),
    kernel: versionOf(header.kernel),
    bpftrace: header.bpftrace === null ? null : versionOf(header.bpftrace),
    scripts: Object.fromEntries(Object.entries(scripts).filter(([name]) => /^[a-z-]+$/.test(name))),
    clock,
    maxSockets,
    configuration: { detect: numbersIn(configuration['detect']) },
    sysctls: header.sysctls.filter(({ setting }) => SETTING.test(setting)).map(redactSetting),
    title: TITLE,
    frozen: frozen === null ? null : { ...frozen, reason: null },
  };
}

const SETTING = /^net\.[a-z0-9_.]+$/;
/** What is said of a setting of all interfaces names some of them. */
const OF_INTERFACES = /\.conf\./;

function redactSetting({ setting, value, default: usual, concern, advice, severity }: NetstackSetting): NetstackSetting {
  const plain = /^[-\d ,]*$/.test(value) && !OF_INTERFACES.test(setting);
  return plain
    ? { setting, value, default: usual, concern, advice, severity }
    : { setting, value: /^[-\d ,]*$/.test(value) ? value : WITHHELD, default: usual, concern: WITHHELD, advice: null, severity };
}

/** What is a number or a switch, at its place; all thresholds are. */
function numbersIn(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  const kept: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === 'number' || typeof part === 'boolean' || part === null) kept[name] = part;
    else if (typeof part === 'object' && !Array.isArray(part)) kept[name] = numbersIn(part);
  }
  return kept;
}
