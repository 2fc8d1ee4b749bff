/** Text that flows by faster than this is not read; two frames of three are left to the browser. */
const LEAST_MS = 45;
/** Where more came than fits on a screen, every line is another one each time: that can be seen, not read, and painting it costs most of all. */
const FLOOD_MS = 95;

/**
 * A function that runs `draw` at an animation frame, however often it is called until then: some 20 times a second at most, 10 while `flooded`
 * says that more has come since than is shown.
 */
export function perFrame(draw: () => void, flooded: () => boolean = () => false): () => void {
  let due = false;
  let lastMs = 0;
  const frame = (nowMs: number): void => {
    if (nowMs - lastMs < (flooded() ? FLOOD_MS : LEAST_MS)) {
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
