/** A function that runs `draw` once at the next animation frame, however often it is called until then. */
export function perFrame(draw: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      draw();
    });
  };
}
