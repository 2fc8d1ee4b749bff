import { z } from 'zod';
import { FAST_OPENS, type FastOpenOutcome, SOCKET_OPTIONS, type SocketView, TCP_OPTIONS } from '../core/model/socket-view.ts';
import { TCP_STATES } from '../core/model/tcp-state.ts';

const Count = z.int().nonnegative();

/** The socket as the kernel describes it to its owner (getsockopt). Field by field as in src/core/model/socket-view.ts. */
export const SocketWire = z.strictObject({
  options: z
    .array(
      z.strictObject({ name: z.enum(SOCKET_OPTIONS), asked: z.int().nullable(), applied: z.int().nullable(), why: z.string().nullable() }),
    )
    .meta({ description: 'Asked for, and read back: s for keep-alive, ms for the user timeout' }),
  fastOpen: z
    .strictObject({
      outcome: z.enum(Object.keys(FAST_OPENS) as [FastOpenOutcome, ...FastOpenOutcome[]]),
      why: z.string().nullable(),
      state: z
        .strictObject({
          setting: Count.nullable().meta({ description: 'net.ipv4.tcp_fastopen' }),
          active: Count.nullable(),
          activeFail: Count.nullable(),
          blackhole: Count.nullable(),
          blackholeTimeoutS: Count.nullable().meta({ unit: 's' }),
        })
        .nullable()
        .meta({ description: 'The network namespace’s own counts (TcpExt TCPFastOpen…), where the SYN carried nothing' }),
    })
    .nullable(),
  info: z
    .strictObject({
      state: z.enum(TCP_STATES),
      options: z.array(z.enum(TCP_OPTIONS)),
      rttUs: Count.nullable(),
      rttVarUs: Count.nullable(),
      minRttUs: Count.nullable(),
      retransmits: z.int().nullable().meta({ description: 'Segments sent again in this attempt, SYNs included' }),
      unacked: Count,
      segsOut: Count.nullable(),
      segsIn: Count.nullable(),
    })
    .nullable()
    .meta({ description: 'TCP_INFO at the end of the attempt' }),
  why: z.string().nullable().meta({ description: 'Why there is no `info`' }),
});

export function socketWireOf({ options, fastOpen, info, why }: SocketView): z.infer<typeof SocketWire> {
  return {
    options: options.map((option) => ({ ...option })),
    fastOpen: fastOpen === null ? null : { ...fastOpen },
    info: info === null ? null : { ...info, options: [...info.options] },
    why,
  };
}
