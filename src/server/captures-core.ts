import { SynopticError } from '../core/model/errors.ts';
import type { CaptureList, CaptureSummary, FreezeRequest } from '../formats/capture/summary.ts';
import { rfc3339 } from '../formats/utc.ts';
import type { Captures } from '../sinks/capture/captures.ts';

/** What the serving thread may ask about captures. What is asked of one that is not there is refused with NOT_FOUND. */
export interface CaptureCalls {
  captures(): Promise<CaptureList>;
  capture(id: string): Promise<CaptureSummary>;
  captureFile(id: string): Promise<{ readonly path: string; readonly bytes: number }>;
  freeze(request: FreezeRequest): Promise<CaptureSummary>;
  removeCapture(id: string): Promise<void>;
  noteCapture(id: string, text: string): Promise<CaptureSummary>;
}

/** Answers from the captures themselves; where nothing is recorded there are none, and none can be frozen. */
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
