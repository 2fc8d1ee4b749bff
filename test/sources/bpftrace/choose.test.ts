import { describe, expect, it } from 'vitest';
import { Btf } from '../../../src/sources/bpftrace/btf.ts';
import { type Attachable, choose } from '../../../src/sources/bpftrace/choose.ts';
import { type ComposeOptions, compose } from '../../../src/sources/bpftrace/compose.ts';
import { FACTS, HEARTBEAT, readScript } from '../../../src/sources/bpftrace/scripts.ts';
import { btfOf, int, struct } from './made-btf.ts';

type Fields = Readonly<Record<string, readonly string[]>>;
/** The fields that scripts read, as the kernels' formats have them. */
const NEWEST: Fields = {
  'sock:inet_sock_set_state': [
    'skaddr',
    'oldstate',
    'newstate',
    'sport',
    'dport',
    'protocol',
    'family',
    'saddr',
    'daddr',
    'saddr_v6',
    'daddr_v6',
  ],
  'tcp:tcp_retransmit_skb': ['skbaddr', 'skaddr', 'state', 'sport', 'dport', 'saddr_v6', 'daddr_v6', 'err'],
  'tcp:tcp_retransmit_synack': ['skaddr', 'req', 'sport', 'dport', 'saddr_v6', 'daddr_v6'],
  'tcp:tcp_send_reset': ['skbaddr', 'skaddr', 'state', 'reason', 'saddr', 'daddr'],
  'tcp:tcp_receive_reset': ['skaddr', 'sport', 'dport', 'saddr_v6', 'daddr_v6'],
  'skb:kfree_skb': ['skbaddr', 'location', 'protocol', 'reason', 'rx_sk'],
  'sock:inet_sk_error_report': ['error', 'sport', 'dport', 'protocol', 'saddr_v6', 'daddr_v6'],
  'neigh:neigh_update': ['family', 'dev', 'lladdr', 'lladdr_len', 'nud_state', 'new_state', 'new_lladdr', 'primary_key4', 'primary_key6'],
};
const without = (name: string, ...fields: string[]) => (NEWEST[name] ?? []).filter((field) => !fields.includes(field));
const { 'sock:inet_sk_error_report': _later, ...OLD } = NEWEST;
/** Linux 5.10: no error report, no reasons. */
const LINUX_5_10: Fields = {
  ...OLD,
  'tcp:tcp_retransmit_skb': without('tcp:tcp_retransmit_skb', 'err'),
  'tcp:tcp_send_reset': without('tcp:tcp_send_reset', 'reason'),
  'skb:kfree_skb': without('skb:kfree_skb', 'reason', 'rx_sk'),
};
/** Linux 6.1: reasons for drops, but not which socket. */
const LINUX_6_1: Fields = {
  ...LINUX_5_10,
  ...{ 'sock:inet_sk_error_report': NEWEST['sock:inet_sk_error_report'] ?? [] },
  'skb:kfree_skb': without('skb:kfree_skb', 'rx_sk'),
};

const fieldsOf = (all: Fields) => (name: string) =>
  all[name] === undefined
    ? null
    : new Map(
        all[name].map((field, at) => [
          field,
          {
            type: field.includes('_v6') ? '__u8[16]' : field === 'dev' ? '__data_loc char[]' : /lladdr$/.test(field) ? 'u8[32]' : 'int',
            size: 4,
            offset: 8 + 4 * at,
            signed: true,
          },
        ]),
      );
const machine = (fields: Fields, more: Partial<Attachable> = {}): Attachable => ({
  version: 17,
  btf: true,
  fields: fieldsOf(fields),
  hasRawTracepoint: () => false,
  hasKprobe: () => false,
  ...more,
});
const scripts = (attachable: Attachable, refused?: ReadonlyMap<string, string>) =>
  Object.fromEntries(choose(attachable, refused).map(({ hook }) => [hook.fact, hook.script]));
const lackOf = (attachable: Attachable, fact: string, refused?: ReadonlyMap<string, string>) =>
  choose(attachable, refused).find(({ hook }) => hook.fact === fact)?.hook.lack;

describe('choosing', () => {
  it('takes everything where everything is there, with what the classic tracepoint lacks', () => {
    expect(scripts(machine(NEWEST))).toEqual({
      'sock-state': 'sock-state',
      retransmit: 'retransmit',
      reset: 'reset',
      drop: 'drop',
      'socket-error': 'socket-error',
      neighbour: 'neighbour',
      'time-wait': null,
    });
    expect(lackOf(machine(NEWEST), 'sock-state')).toContain('skips');
    expect(lackOf(machine(NEWEST), 'drop')).toBeNull();
  });

  it('does on Linux 5.10 without drops and socket errors, and says why', () => {
    expect(scripts(machine(LINUX_5_10))).toMatchObject({ 'sock-state': 'sock-state', reset: 'reset', drop: null, 'socket-error': null });
    expect(lackOf(machine(LINUX_5_10), 'drop')).toBe('drop: tracepoint skb:kfree_skb has no reason on this kernel');
    expect(lackOf(machine(LINUX_5_10), 'socket-error')).toBe('socket-error: no tracepoint sock:inet_sk_error_report');
  });

  it('does without BTF with what the tracepoints say by themselves', () => {
    expect(scripts(machine(NEWEST, { btf: false, version: 27, hasRawTracepoint: () => true, hasKprobe: () => true }))).toEqual({
      'sock-state': 'sock-state-lean',
      retransmit: null,
      reset: null,
      drop: null,
      'socket-error': 'socket-error',
      neighbour: 'neighbour',
      'time-wait': null,
    });
  });

  it('falls to kprobes where there are no tracepoints, and to nothing where there are neither', () => {
    expect(scripts(machine({}, { hasKprobe: () => true }))).toMatchObject({
      'sock-state': 'sock-state-kprobe',
      retransmit: 'retransmit-kprobe',
      reset: null,
    });
    expect(lackOf(machine({}), 'sock-state')).toBe(
      'sock-state-raw: needs bpftrace 0.23; sock-state: no tracepoint sock:inet_sock_set_state; ' +
        'sock-state-lean: no tracepoint sock:inet_sock_set_state; sock-state-kprobe: no kprobe on tcp_set_state',
    );
  });

  it.each([
    [17, true, 'sock-state'],
    [22, true, 'sock-state'],
    [23, true, 'sock-state-raw'],
    [26, true, 'sock-state-raw'],
    [27, true, 'sock-state'],
    [27, false, 'sock-state'],
    [1000, true, 'sock-state'],
  ])('with bpftrace of minor version %i (raw tracepoints found: %s) takes %s', (version, found, script) => {
    expect(scripts(machine(NEWEST, { version, hasRawTracepoint: () => found }))['sock-state']).toBe(script);
  });

  it('passes over what was refused, one after the other, and repeats the reasons', () => {
    const refused = new Map([['sock-state', 'the verifier says no']]);
    expect(scripts(machine(NEWEST), refused)['sock-state']).toBe('sock-state-lean');
    refused.set('sock-state-lean', 'nor this');
    expect(scripts(machine(NEWEST), refused)['sock-state']).toBeNull();
    expect(lackOf(machine(NEWEST), 'sock-state', refused)).toContain('sock-state: the verifier says no; sock-state-lean: nor this');
    expect(scripts(machine(NEWEST), refused)['drop']).toBe('drop');
  });
});

/** A script without its comments. */
const codeOf = (name: string) => readScript(name).replaceAll(/^\s*\/\/.*$/gm, '');

describe('every script', () => {
  it.each([HEARTBEAT, ...FACTS.flatMap((fact) => fact.scripts)])(
    'names the parameters that it is given, and no other: $name.bt',
    ({ name, parameters }) => {
      const used = new Set([...codeOf(name).matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
      expect([...used].toSorted()).toEqual(parameters.map((_, at) => at + 1));
    },
  );
});

describe('composing', () => {
  const all = FACTS.flatMap((fact) => fact.scripts);
  const parameters = { transitions: 150_001, anomalies: 20_001, self: 77, canary: 40_001, quiet: 104, rings: 6, slots: 512, turn: 128 };
  const text = (names: readonly string[], fields: Fields, version = 27, types: ComposeOptions['types'] = () => null) =>
    compose({ scripts: all.filter(({ name }) => names.includes(name)), fields: fieldsOf(fields), parameters, version, types });

  it('leaves no comment, no empty line and no positional parameter, and puts the heartbeat first', () => {
    const program = text(
      all.map(({ name }) => name),
      NEWEST,
    );
    expect(program).not.toMatch(/\/\/|^\s*$|\$\d|^#!/m);
    expect(program).toMatch(/^interval:ms:5\b/);
    for (const part of ['rawtracepoint:', 'kprobe:tcp_set_state', 'tracepoint:neigh:neigh_update']) expect(program).toContain(part);
  });

  it('leaves out the loop over what is held where nothing is: whatever a verifier or a later bpftrace has against it, the rest attaches', () => {
    const none = compose({ scripts: [], fields: () => null, parameters: { ...parameters, rings: 0 }, version: 27, types: () => null });
    expect(none).not.toMatch(/while|printf\("s/);
    expect(none).toMatch(/printf\("H[\s\S]*print\(@sent\)/);
    expect(text([], NEWEST)).toMatch(/while \(\$cpu < 6\) \{[\s\S]*printf\("s/);
  });

  it.each(all)('gives $name.bt its own parameters: what is $1 in one script is $2 in another', ({ name, parameters: named }) => {
    const lines = text([name], NEWEST).split('\n');
    const code = codeOf(name).split('\n');
    expect(code.some((line) => line.includes('$1'))).toBe(true);
    for (const line of code) {
      const filled = named.reduce((so, parameter, at) => so.replaceAll(`$${at + 1}`, String(parameters[parameter])), line);
      if (filled !== line) expect(lines).toContain(filled);
    }
  });

  it('reads numbers and addresses by their place up to bpftrace 0.17, which takes 20 ms to find each field; but where each transition would pay, and in predicates', () => {
    const known = () => new Btf(btfOf(int('int', 4)));
    const retransmissions = text(['retransmit'], NEWEST, 17, known);
    expect(retransmissions).toContain('$record = (uint64)args;\n  $at = (uint64)*(int32 *)($record + 12);');
    expect(retransmissions).toContain('ntop(((struct in6_addr *)($record + 28))->in6_u.u6_addr8), *(int32 *)($record + 20)');
    expect(text(['neighbour'], NEWEST, 17, known)).toMatch(/str\(args->dev\), .* buf\(\$record \+ 16, 6\), buf\(\$record \+ 32, 6\)\);/s);
    expect(text(['socket-error'], NEWEST, 17)).toContain('/args->protocol == 6/');
    expect(text(['retransmit'], LINUX_5_10, 17)).toContain('(int64)1);');
    expect(text(['sock-state'], NEWEST, 17)).toBe(text(['sock-state'], NEWEST, 27));
    expect(text(['retransmit'], NEWEST, 27)).not.toContain('$record');
  });

  it('says where members of the kernel’s structs lie up to bpftrace 0.23, which would fetch all that they point to', () => {
    const names = ['sock', 'inet_connection_sock', 'tcp_skb_cb', 'request_sock', 'tcp_request_sock', 'in6_addr'];
    const types = new Btf(btfOf(int('int', 4), ...names.map((name) => struct(name, 8, { name: 'seq', type: 1, bitOffset: 32 }))));
    const told = (version: number) => text(['retransmit'], NEWEST, version, () => types);
    expect(told(23)).toContain('struct synoptic_tcp_skb_cb { union { char p_[8]; struct { char p_seq[4]; unsigned int seq; }');
    expect(told(23)).toContain('$cb = (struct synoptic_tcp_skb_cb *)((uint64)args->skbaddr + 40);');
    expect(told(17)).toContain('$cb = (struct synoptic_tcp_skb_cb *)');
    expect(told(27)).toBe(text(['retransmit'], NEWEST, 27));
  });

  it('does not ask for the kernel’s types for a bpftrace that finds its own way', () => {
    const unasked = () => {
      throw new Error('six megabytes');
    };
    expect(text(['sock-state'], NEWEST, 27, unasked)).toContain('struct sock *');
  });

  it('looks into no struct where the kernel has no types, for scripts that need none: bpftrace would know none', () => {
    expect(text(['socket-error', 'neighbour'], NEWEST, 17)).not.toContain('struct');
    expect(text(['socket-error'], NEWEST, 17)).toContain('ntop(args->saddr_v6)');
  });

  it('puts in what each is for: budgets, our own pid, the reason that is not worth a record', () => {
    const transitions = text(['sock-state'], NEWEST);
    expect(transitions).toContain('if (150001 > 0) {');
    expect(transitions).toContain('if ($to == 2 && pid == 77) {');
    const drops = text(['drop'], NEWEST);
    expect(drops).toContain('$reason == 104) {');
    expect(drops).toContain(
      'if (20001 > 0 && (((@mask & 255) != 0 && ($mini || @drop_told >= 20001 / 640)) || @drop_told >= 20001 / 20)) {',
    );
    expect(drops).toContain('$cpu < 6 && $put - @taken[$cpu] < 512');
    expect(text(['neighbour'], NEWEST)).toContain('@neighbour_told >= 20001 / 20');
  });

  it('changes nothing else where the kernel has every field', () => {
    expect(text(['retransmit'], NEWEST)).toContain('$ic->icsk_ca_state, args->err);');
    expect(text(['drop'], NEWEST)).toContain('$at = (uint64)args->rx_sk;');
  });

  it.each([
    ['retransmit', LINUX_5_10, 'args->err', '$ic->icsk_ca_state, (int64)1);'],
    ['reset', LINUX_5_10, 'args->reason', '$reason = (int64)-1;'],
    ['drop', LINUX_6_1, 'args->rx_sk', '$at = (uint64)(uint64)0;'],
  ])('%s.bt reads a field that this kernel lacks as unknown', (name, fields, lacking, instead) => {
    const program = text([name], fields);
    expect(program).not.toContain(lacking);
    expect(program).toContain(instead);
  });

  it('asks for no field that the kernel lacks, for every choice on every kernel', () => {
    for (const fields of [NEWEST, LINUX_6_1, LINUX_5_10]) {
      const names = choose(machine(fields)).flatMap(({ script }) => (script === null ? [] : [script.name]));
      let known: readonly string[] = [];
      for (const line of text(names, fields).split('\n')) {
        known = fields[/^tracepoint:(\w+:\w+)/.exec(line)?.[1] ?? ''] ?? known;
        for (const [, field = ''] of line.matchAll(/args->(\w+)/g)) expect(known, line).toContain(field);
      }
    }
  });
});
