import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Ffi } from '../../../src/sources/ffi.ts';
import { loadCalls, socketCalls } from '../../../src/sources/sockets/calls.ts';
import { readOption, setOption } from '../../../src/sources/sockets/options.ts';
import { Answering } from '../probes/asking.ts';

const fdOf = (socket: object): number => (socket as { readonly _handle: { readonly fd: number } })._handle.fd;

describe('system calls on sockets', () => {
  it('set what Node cannot, on Node’s own socket, and read it back from the kernel', async () => {
    await using server = await Answering.by(() => undefined);
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const loaded = socketCalls();
    expect(loaded.why).toBe(null);
    expect(readOption(loaded, fdOf(socket), 'TCP_USER_TIMEOUT', null)).toMatchObject({ applied: 0, why: null });
    const option = { name: 'TCP_USER_TIMEOUT', asked: 1500, applied: 1500, why: null };
    expect(setOption(loaded, fdOf(socket), 'TCP_USER_TIMEOUT', 1500)).toEqual(option);
    expect(readOption(loaded, fdOf(socket), 'TCP_USER_TIMEOUT', 1500)).toEqual(option);
    expect(readOption(loaded, fdOf(socket), 'TCP_USER_TIMEOUT', 9)).toMatchObject({ applied: 1500, why: 'the kernel made 1500 of it' });
    expect(setOption(loaded, fdOf(socket), 'TCP_KEEPCNT', 128)).toMatchObject({ applied: null, why: 'not set: EINVAL' });
    socket.destroy();
  });

  it('say the errno’s name where there is no such descriptor', () => {
    const loaded = socketCalls();
    expect(setOption(loaded, -1, 'TCP_USER_TIMEOUT', 1)).toMatchObject({ applied: null, why: 'not set: EBADF' });
    expect(readOption(loaded, -1, 'TCP_USER_TIMEOUT', 1)).toMatchObject({ applied: null, why: 'cannot be read back: EBADF' });
  });

  it('are there in a worker thread, too, where probes run', async () => {
    const file = new URL('../../../src/sources/sockets/calls.ts', import.meta.url).href;
    const code = `import(${JSON.stringify(file)}).then(({ socketCalls }) => {
      const { calls, why } = socketCalls();
      require('node:worker_threads').parentPort.postMessage(why ?? calls.set(-1, { level: 6, name: 18 }, 1));
    });`;
    for (let thread = 0; thread < 2; thread++) {
      const worker = new Worker(code, { eval: true });
      expect(await once(worker, 'message')).toEqual(['EBADF']);
      await worker.terminate();
    }
  });
});

describe('without them', () => {
  const require = createRequire(import.meta.url);
  const nobody = 'koffi-that-nobody-has';
  const broken = (says: string) => (): Ffi => {
    throw new Error(says);
  };

  it('the lack is named: not installed, no build for this machine, another system', () => {
    expect(loadCalls(() => require(nobody) as Ffi)).toEqual({ calls: null, why: 'koffi is not installed' });
    expect(loadCalls(broken('Cannot find the native Koffi module\nmore')).why).toBe(
      'koffi cannot be used: Cannot find the native Koffi module',
    );
    expect(loadCalls(undefined, 'darwin').why).toBe('these are Linux’s options, and this is darwin');
  });

  it('what was asked for is reported as not applied, with why', () => {
    const loaded = loadCalls(broken('refused'));
    const why = 'koffi cannot be used: refused';
    expect(setOption(loaded, 3, 'TCP_KEEPCNT', 4)).toEqual({ name: 'TCP_KEEPCNT', asked: 4, applied: null, why: `not set: ${why}` });
    expect(readOption(loaded, 3, 'SO_KEEPALIVE', 1)).toMatchObject({ applied: null, why: `cannot be read back: ${why}` });
  });

  it('a call that does nothing is found out by trying, before any probe believes it', () => {
    const idle = { load: () => ({ func: () => () => 0 }), errno: () => 0 } as unknown as Ffi;
    expect(loadCalls(() => idle)).toEqual({ calls: null, why: 'an option that was set in a trial is read back as something else' });
    const refusing = { load: () => ({ func: () => () => -1 }), errno: () => 1 } as unknown as Ffi;
    expect(loadCalls(() => refusing).why).toBe('a socket cannot be opened for a trial: EPERM');
  });
});
