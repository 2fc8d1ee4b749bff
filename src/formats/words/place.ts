import { type Owner, whereIs } from '../../core/model/owner.ts';
import { visibleText } from './visible-text.ts';

const LACKS: Readonly<Record<NonNullable<Owner['lack']>, string>> = {
  gone: 'gone before it could be looked at',
  hidden: 'hidden from us by /proc',
  unread: 'not looked at: too many new processes at once',
  unsure: 'not sure which process had its pid',
};

/**
 * Where a socket's owner runs, for behind its name: `in pod shop/web-7f9c, containerd 3f2a1b9c0d4e, netns cni-1`. Null where that is nowhere in
 * particular. Visible text.
 */
export function placeInWords(owner: Owner | null, netnsName: string | null): string | null {
  const where = owner === null ? [] : whereIs(owner);
  const words = where.length === 0 ? [] : [`in ${where.join(', ')}`];
  if (owner?.lack != null) words.push(`(${LACKS[owner.lack]})`);
  if (netnsName !== null) words.push(`netns ${netnsName}`);
  return words.length === 0 ? null : visibleText(words.join(', '));
}

/** Why nothing more is known of an owner; null where more is. */
export function lackInWords({ lack }: Owner): string | null {
  return lack === null ? null : LACKS[lack];
}
