import { z } from 'zod';
import { OWNER_LACKS, type Owner } from '../core/model/owner.ts';

/** Where a socket's owner runs, see core/model/owner.ts. */
export const OwnerWire = z
  .strictObject({
    pid: z.int().positive(),
    comm: z.string().nullable().meta({ description: 'The process’s own name; beside it stands that of the thread' }),
    unit: z.string().nullable().meta({ description: 'systemd’s innermost service or scope' }),
    container: z
      .strictObject({
        runtime: z.string().meta({ description: 'docker, containerd, cri-o, podman, lxc, nspawn, or `container` where that is not told' }),
        id: z.string(),
        outer: z.string().nullable().meta({ description: 'The outermost container around it, which could have chosen its id' }),
      })
      .nullable(),
    pod: z
      .strictObject({
        uid: z.string(),
        name: z.string().nullable().meta({ description: 'Null where /var/log/pods cannot be read' }),
        namespace: z.string().nullable(),
      })
      .nullable(),
    lack: z.enum(OWNER_LACKS).nullable().meta({
      description:
        'Why the rest is null: `gone` before it could be looked at, `hidden` by /proc, `unread` because too many were new, `unsure` which process it was',
    }),
  })
  .meta({ description: 'The owning process as /proc told of it' });

const printed = new WeakMap<Owner, string>();
let last: Owner | null = null;
let lastText = '';

/** As JSON; made once for each process, since it stands in each of its events. */
export function printOwner(owner: Owner | null): string {
  if (owner === null) return 'null';
  if (owner === last) return lastText;
  let text = printed.get(owner);
  if (text === undefined) {
    text = JSON.stringify(owner);
    printed.set(owner, text);
  }
  last = owner;
  lastText = text;
  return text;
}
