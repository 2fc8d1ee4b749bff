import { z } from 'zod';
import type { NamespacesInput, OwnersInput } from '../../core/model/input.ts';
import { OWNER_LACKS, type Owner } from '../../core/model/owner.ts';
import { Ns, Number64 } from './quantity.ts';

/** Whose sockets they are, as a capture holds it: `owners` and `namespaces` of src/core/model/input.ts. */
const Pids = z.array(Number64);
const Name = z.string().nullable();

const Known = z.looseObject({
  ...{ pid: Number64, comm: Name, unit: Name, lack: z.enum(OWNER_LACKS).nullable() },
  container: z.looseObject({ runtime: z.string(), id: z.string(), outer: Name }).nullable(),
  pod: z.looseObject({ uid: z.string(), name: Name, namespace: Name }).nullable(),
}) satisfies z.ZodType<Owner>;

export const Owners = z.looseObject({
  ...{ type: z.literal('owners'), atNs: Ns, still: Pids, gone: Pids, hidden: Pids, unread: Pids },
  found: z.array(z.looseObject({ startedNs: Ns, seenNs: Ns.exactOptional(), owner: Known })),
}) satisfies z.ZodType<OwnersInput>;

export const Namespaces = z.looseObject({
  ...{ type: z.literal('namespaces'), atNs: Ns },
  names: z.array(z.looseObject({ netns: Number64, name: z.string() })),
}) satisfies z.ZodType<NamespacesInput>;
