import { z } from 'zod';

/** One kernel setting that matters to probing. */
export const NetstackSetting = z.strictObject({
  setting: z.string().meta({ description: 'As sysctl names it, for example net.ipv4.tcp_tw_reuse' }),
  value: z.string(),
  default: z.string().nullable().meta({ description: "The kernel's own default; null where it depends on the machine" }),
  concern: z.string().meta({ description: 'What it changes for a probe or for what is observed' }),
  advice: z.string().nullable().meta({ description: 'What to change, with the figure; null where nothing needs to be' }),
  severity: z.enum(['ok', 'info', 'warning']),
});
export type NetstackSetting = z.infer<typeof NetstackSetting>;

/** `GET /api/v1/netstack`: the audit of /proc/sys/net that `synoptic doctor` prints too. */
export const NetstackView = z.array(NetstackSetting);
export type NetstackView = z.infer<typeof NetstackView>;
