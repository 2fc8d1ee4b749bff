import { SynopticError } from '../core/model/errors.ts';
import { rfc3339 } from '../formats/event.ts';
import type { Captures } from '../sinks/capture/captures.ts';
import type { Core } from './core.ts';

type CaptureCalls = Pick<Core, 'captures' | 'capture' | 'captureFile' | 'freeze' | 'removeCapture' | 'noteCapture'>;

/** The part of {@link Core} that is about captures; where nothing is recorded there are none, and none can be frozen. */
export function capturesCore(captures: Captures | null): CaptureCalls {
  const there = (): Captures => {
    if (captures !== null) return captures;
    throw new SynopticError('CAPTURE_NOT_KEPT', 'Nothing is recorded here.', {
      expected: '`synoptic observe` with a data folder that it can write to, and captures.record',
    });
  };
  return {
    captures: async () => captures?.list() ?? { recorder: null, captures: [] },
    capture: async (id) => there().get(id),
    captureFile: async (id) => {
      const { bytes } = await there().catalogue.get(id);
      return { path: there().catalogue.pathOf(id), bytes: bytes ?? 0 };
    },
    freeze: async ({ reason, beforeMs, afterMs }) => there().freeze({ trigger: 'request', reason, beforeMs, afterMs }),
    removeCapture: async (id) => there().remove(id),
    noteCapture: async (id, text) => there().catalogue.note(id, { at: rfc3339(Date.now() * 1000), text }),
  };
}
