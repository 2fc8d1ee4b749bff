// Runs `synoptic doctor` as an ordinary user. Everything is loaded first: that user may not be allowed to read the checkout.
import { setgid, setgroups, setuid } from 'node:process';
import { doctor } from '../../src/commands/doctor.ts';

const NOBODY = 65_534;
setgroups?.([]);
setgid?.(NOBODY);
setuid?.(NOBODY);
process.exitCode = await doctor({ json: true, config: { bpftrace: ['bpftrace'] }, chooseHooks: () => [], stdout: process.stdout });
