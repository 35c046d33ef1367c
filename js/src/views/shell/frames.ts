/** A way to ask for a drawing on the next animation frame; asked twice, it is drawn once. */
export function oncePerFrame(scope: AbortSignal, run: () => void): () => void {
  let asked = 0;
  scope.addEventListener("abort", () => cancelAnimationFrame(asked), { once: true });
  return () => {
    if (asked !== 0 || scope.aborted) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      run();
    });
  };
}
