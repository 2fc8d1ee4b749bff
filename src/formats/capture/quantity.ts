import { z } from 'zod';

/**
 * What can stand for a number or an address in a capture. The bounds are wide: they keep out what no kernel says and what arithmetic or a
 * calendar cannot bear (infinities, years that no date can be).
 */
const MOST = 2 ** 64;

/** A count, or an identity such as an inode or a process id. Not always whole: samples are divided, and doubles round. */
export const Number64 = z.number().min(0).max(MOST);
/** CLOCK_MONOTONIC, ns: up to 584 years. */
export const Ns = z.number().min(0).max(MOST);
/** µs since 1970, up to the year 9000: a run of 584 years still ends before dates have five digits. */
export const WallUs = z.number().min(0).max(2.2e17);
export const Port = z.int().min(0).max(65535);

/** As Linux and Node write them, a zone included: nothing that could act on a terminal or mean something in a page. */
export const Address = z.string().regex(/^[0-9A-Fa-f.:]{2,45}(?:%[\w.@:-]{1,15})?$/);
/** Both ends of a connection. */
export const Ends = { laddr: Address, lport: Port, raddr: Address, rport: Port };
