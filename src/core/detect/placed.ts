import { evidence } from '../model/finding.ts';
import { whereIs } from '../model/owner.ts';
import type { NamespaceNames } from '../track/namespace-names.ts';
import type { OwnerBook } from '../track/owners.ts';
import type { Told } from './standing.ts';
import { owner as named } from './words.ts';

/**
 * What a detector says, with where its subject runs: detectors know a pid, and need no more. Only what the subject itself names is placed, and a
 * process that has the pid now and was started later is never meant.
 */
export function placed(told: Told, sinceNs: number, owners: OwnerBook, names: NamespaceNames): Told {
  const { pid, netns, comm } = told.subject;
  const owner = pid === null ? null : owners.meant(pid, sinceNs);
  const netnsName = names.of(netns);
  if (owner === null && netnsName === null) return told;
  const subject = { ...told.subject, owner, netnsName };
  const where = owner === null ? [] : whereIs(owner);
  if (netnsName !== null) where.push(`network namespace ${netnsName}`);
  if (where.length === 0) return { ...told, subject };
  const who = pid === null ? 'It is' : `${named(comm, pid)} runs`;
  return { ...told, subject, evidence: [...told.evidence, evidence(`${who} in ${where.join(', ')}.`)] };
}
