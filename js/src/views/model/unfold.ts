import type { Signal } from "@preact/signals";

const DURATION = 120;

export interface Unfold {
  /** Starts from nothing; what is open already grows or shrinks at once. */
  to(height: number): void;
  shut(): void;
}

/** Unfolds a height with an ease-out, at once where motion is not wanted. */
export function unfolding(shown: Signal<number>, scope: AbortSignal): Unfold {
  let frame = 0;
  let target = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
  };
  scope.addEventListener("abort", stop, { once: true });
  return {
    to(height) {
      target = height;
      if (frame !== 0) return;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (shown.peek() > 0 || still || height === 0) {
        shown.value = height;
        return;
      }
      const start = performance.now();
      const step = (now: number) => {
        const time = Math.min(1, Math.max(0, (now - start) / DURATION));
        shown.value = Math.round(target * (1 - (1 - time) ** 3));
        frame = time < 1 ? requestAnimationFrame(step) : 0;
        if (frame === 0) shown.value = target;
      };
      frame = requestAnimationFrame(step);
    },
    shut() {
      stop();
      shown.value = 0;
    },
  };
}
