/** Text that flows by faster than this is not read; two frames of three are left to the browser. */
const LEAST_MS = 45;

/** A function that runs `draw` at an animation frame, however often it is called until then, and some 20 times a second at most. */
export function perFrame(draw: () => void): () => void {
  let due = false;
  let lastMs = 0;
  const frame = (nowMs: number): void => {
    if (nowMs - lastMs < LEAST_MS) {
      requestAnimationFrame(frame);
      return;
    }
    lastMs = nowMs;
    due = false;
    draw();
  };
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(frame);
  };
}
