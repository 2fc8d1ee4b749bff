import { describe, expect, it } from 'vitest';
import { advice, subject } from '../../../src/core/model/finding.ts';
import { parseFilter } from '../../../src/formats/filter.ts';
import { adviceText, figureName, subjectFilter, subjectInWords } from '../../../src/viewer/words/finding-words.ts';

describe('what a finding is about', () => {
  it('is a listener with its owner, a port pool with its destination, a namespace by its number', () => {
    expect(subjectInWords(subject('service', { laddr: '10.0.0.7', lport: 443, pid: 812, comm: 'app' }))).toBe('10.0.0.7:443 app[812]');
    expect(subjectInWords(subject('port-pool', { laddr: '10.0.0.7', raddr: '10.0.0.9', rport: 80 }))).toBe('10.0.0.7 → 10.0.0.9:80');
    expect(subjectInWords(subject('namespace', { netns: 4026531840 }))).toBe('namespace 4026531840');
  });

  it('shows a hostile name as text that cannot turn the page around', () => {
    expect(subjectInWords(subject('service', { laddr: '10.0.0.7', lport: 1, comm: 'a\u202eb' }))).not.toContain('\u202e');
  });

  it('becomes FILTER terms that the service understands, and never asks for an unset address', () => {
    const filter = subjectFilter(subject('service', { netns: 4026531840, laddr: '0.0.0.0', lport: 443 }));
    expect(filter).toBe('lport=443 netns=4026531840');
    expect(parseFilter(filter ?? '').text).toContain('lport=443');
    expect(subjectFilter(subject('probe', { probe: 'tcp://10.0.0.7:1' }))).toBeNull();
  });
});

it('says figures as words', () => {
  expect(figureName('listenOverflows')).toBe('listen overflows');
});

it('copies advice with its change and its command, a line each', () => {
  const one = advice('Raise it.', { setting: 'net.core.somaxconn', from: '128', to: '4096', check: 'ss -tln' });
  expect(adviceText({ ...one })).toBe('Raise it.\nnet.core.somaxconn: 128 → 4096\ncheck: ss -tln');
});
