import { z } from 'zod';

/** One network setting of the kernel, what it means for probing and TIME_WAIT here, and what to consider. Nothing is ever changed by us. */
export const NetstackSetting = z.strictObject({
  setting: z.string().meta({ description: 'Name as sysctl writes it: net.ipv4.tcp_tw_reuse' }),
  value: z.string().meta({ description: 'As the kernel prints it, tabs as spaces; empty where it is empty' }),
  default: z.string().nullable().meta({ description: "This kernel version's default; null where that depends on the machine" }),
  concern: z.string().meta({ description: 'What this value means, with figures computed from it' }),
  advice: z
    .string()
    .nullable()
    .meta({ description: 'From what to what, what it costs, how to check; null where no change is worth considering' }),
  severity: z.enum(['ok', 'info', 'warning']).meta({ description: '`info`: worth knowing or considering; `warning`: it does harm here' }),
});
export type NetstackSetting = z.infer<typeof NetstackSetting>;

/** The netstack audit, as `GET /api/v1/netstack` and `synoptic doctor --json` give it. Settings that this kernel lacks are left out. */
export const NetstackView = z.array(NetstackSetting);
export type NetstackView = z.infer<typeof NetstackView>;
