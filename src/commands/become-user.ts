import { readFileSync } from 'node:fs';
import { SynopticError } from '../core/model/errors.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Looks a user up in /etc/passwd.
 *
 * @throws SynopticError USER_UNKNOWN
 */
export function userOf(name: string): User {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [login, , uid, gid] = line.split(':');
    if (login === name && uid !== undefined && gid !== undefined) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new SynopticError('USER_UNKNOWN', `There is no user ${JSON.stringify(name)} on this machine`, {
    where: 'user',
    expected: 'a name in /etc/passwd, for example nobody',
  });
}

/**
 * Gives up root for good, once bpftrace is started; its keeper stays root and can start it again, and nothing else.
 *
 * @throws SynopticError NOT_PRIVILEGED where this process may not become another.
 */
export function becomeUser({ name, uid, gid }: User): void {
  const { setgroups, setgid, setuid, getuid } = process;
  if (setgroups === undefined || setgid === undefined || setuid === undefined || getuid === undefined) return;
  if (getuid() === uid) return;
  try {
    setgroups([]);
    setgid(gid);
    setuid(uid);
  } catch (cause) {
    throw new SynopticError('NOT_PRIVILEGED', `Cannot become user ${name}`, {
      mend: 'start as root, or leave the user setting out',
      cause,
    });
  }
}
