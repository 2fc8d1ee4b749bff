import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../src/formats/filter.ts';
import { FILTER_TERMS, type TermName } from '../../../src/formats/filter-text.ts';
import { completionsAt, valuesOf } from '../../../src/viewer/model/filter-completion.ts';
import { aConnection } from '../wire.ts';

const OWNER = {
  ...{ pid: 7, comm: 'shop', unit: 'kubelet.service', lack: null },
  container: { runtime: 'containerd', id: `3f2a1b9c0d4e${'0'.repeat(52)}`, outer: null },
  pod: { uid: '5d1f3c9e-8a7b-4c2d-9e0f-1a2b3c4d5e6f', name: 'web-7f9c', namespace: 'shop' },
};
const ROWS = [
  aConnection({ comm: 'my app', rport: 443, owner: OWNER, netnsName: 'cni-1' }),
  aConnection({ sock: 2, rport: 443 }),
  aConnection({ sock: 3, rport: 8443 }),
];
const known = (name: TermName) => valuesOf(name, ROWS, 'db-edge-03');
const offered = (draft: string, caret = draft.length) => completionsAt(draft, caret, known).options.map(({ text }) => text);

describe('completing a FILTER', () => {
  it('offers every term in an empty box', () => {
    expect(offered('')).toEqual(FILTER_TERMS.map((name) => `${name}=`));
  });

  it('offers terms that begin so before those that hold it', () => {
    expect(offered('port=443 por')).toEqual(['port=', 'lport=', 'rport=']);
    expect(offered('po')).toEqual(['port=', 'pod=', 'lport=', 'rport=']);
  });

  it('offers the values of a closed list, whatever their capitals', () => {
    expect(offered('state=fin')).toEqual(['FIN_WAIT1', 'FIN_WAIT2']);
    expect(offered('kind=re')).toEqual(['retransmit', 'reset']);
  });

  it('completes the last value of a comma list and leaves the others', () => {
    expect(completionsAt('state=CLOSE,TIME', 16, known)).toMatchObject({ from: 12, to: 16, options: [{ text: 'TIME_WAIT' }] });
  });

  it('offers what the connections here have, the most frequent first', () => {
    expect(offered('rport=')).toEqual(['443', '8443']);
  });

  it('offers pods, containers, units and namespaces by the names that people know', () => {
    expect([offered('pod='), offered('container='), offered('unit='), offered('netns=')]).toEqual([
      ['shop/web-7f9c'],
      ['3f2a1b9c0d4e'],
      ['kubelet.service'],
      ['4026531840', 'cni-1'],
    ]);
  });

  it('completes where the caret is, and not at the end', () => {
    expect(completionsAt('sta port=443', 3, known)).toMatchObject({ from: 0, to: 3, options: [{ text: 'state=' }] });
  });

  it('offers nothing for a term that does not exist, nor what stands there already', () => {
    expect(offered('prt=4')).toEqual([]);
    expect(offered('state=LISTEN')).toEqual([]);
  });

  it('offers no value that the FILTER language would refuse', () => {
    for (const name of FILTER_TERMS) for (const { text } of known(name)) expect(() => parseFilter(`${name}=${text}`)).not.toThrow();
    expect(parseFilter(`comm=${known('comm').find(({ text }) => text.startsWith('"'))?.text}`).text).toBe('comm="my app"');
  });
});
