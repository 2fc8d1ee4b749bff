import { truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ReplaySession } from '../../src/commands/replay-session.ts';
import { openCapture } from '../../src/sources/replay/capture-file.ts';
import { start } from '../core/inputs.ts';
import { Folder, writeCapture } from '../sinks/capture/made.ts';

const GIB = 1024 ** 3;

describe('a capture of many gigabytes', () => {
  it('is opened by its first chunks: what lies behind them is not read before it is played', async () => {
    using folder = new Folder();
    const file = folder.file('big.capture');
    await writeCapture(file, [start, { type: 'tick', atNs: start.atNs + 1e6, wallUs: start.wallUs + 1000 }]);
    // Nothing but zeros behind: whoever read on would know that this is no capture, and take minutes to.
    truncateSync(file, 64 * GIB);
    await using session = await ReplaySession.open({
      ...{ file, mode: 'replay', speed: 1 },
      onEvents: () => undefined,
      onRestart: () => undefined,
      onChange: () => undefined,
      onEnd: () => undefined,
    });
    expect(session.view.status()).toMatchObject({ mode: 'replay' });
    const read = async (): Promise<void> => {
      for await (const _ of (await openCapture(file)).inputs());
    };
    await expect(read()).rejects.toMatchObject({ code: 'CAPTURE_DAMAGED' });
  });
});
