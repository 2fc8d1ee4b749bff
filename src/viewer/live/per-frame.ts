/** Text that flows by faster than this is not read. */
const LEAST_MS = 45;
/** Where more came than fits on a screen, every line is another one each time: that can be seen, not read, and painting it costs most of all. */
const FLOOD_MS = 95;
/** Drawing takes at most one part in so many of the time, whatever it costs on this machine just now: the rest is the reader's, who scrolls and clicks. */
const PARTS = { calm: 2.5, flood: 5 };
/** However dear drawing is, the page does not stand for longer. */
const MOST_MS = 500;
/** A frame of a screen at rest, about. */
const FRAME_MS = 16;

/** What a browser offers. */
export interface Frames {
  request(run: (nowMs: number) => void): void;
  after(ms: number, run: () => void): void;
}

const BROWSER: Frames = {
  request: (run) => void requestAnimationFrame(run),
  after: (ms, run) => void setTimeout(run, ms),
};

/**
 * A function that runs `draw` at an animation frame, however often it is called until then: some 20 times a second at most, 10 while `flooded`
 * says that more has come since than is shown, and more seldom the longer the frames are that are drawn in.
 */
export function perFrame(draw: () => void, flooded: () => boolean = () => false, frames = BROWSER): () => void {
  let due = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  /** How long a frame with a drawing in it takes, layout and paint among it: the running mean. */
  let tookMs = FRAME_MS;
  const frame = (nowMs: number): void => {
    const waitMs = lastMs + restMs(tookMs, flooded()) - nowMs;
    if (waitMs > 0) {
      // Frames that nobody needs are not asked for.
      if (waitMs > FRAME_MS) frames.after(waitMs - FRAME_MS, () => frames.request(frame));
      else frames.request(frame);
      return;
    }
    lastMs = nowMs;
    due = false;
    draw();
    frames.request((nextMs) => {
      tookMs += (Math.min(nextMs - nowMs, MOST_MS) - tookMs) / 4;
    });
  };
  return () => {
    if (due) return;
    due = true;
    frames.request(frame);
  };
}

function restMs(tookMs: number, flooded: boolean): number {
  const [least, parts] = flooded ? [FLOOD_MS, PARTS.flood] : [LEAST_MS, PARTS.calm];
  return Math.min(MOST_MS, Math.max(least, parts * tookMs));
}
