import type { Host } from "../../host/host.ts";
import type { RunsState } from "./state.ts";

/** Carries the step to Python, the newest one only: another is sent when the last one has been taken. */
export function carryStep(state: RunsState, host: Host, react: (run: () => void) => void): void {
  const { synced, step } = state;
  let sent = false;
  const send = () => {
    if (sent || host.signal.aborted || step.peek() === synced.step.peek()) return;
    synced.set({ step: step.peek() });
    if (host.kernel === "none" || host.kernel === "gone") return;
    sent = true;
    host
      .request("stepped", {})
      .catch(() => {})
      .finally(() => {
        sent = false;
        send();
      });
  };
  react(() => {
    const next = synced.step.value ?? null;
    // What comes from Python while a person moves on is of the past.
    if (!sent) step.value = next;
  });
  react(() => {
    void step.value;
    send();
  });
}

/** A zoom that has rested so many milliseconds is carried to Python, and drawn in detail. */
const RESTED = 120;

export function carryZoom(
  state: RunsState,
  react: (run: () => void) => void,
  scope: AbortSignal,
): void {
  const { synced, zoom } = state;
  let timer: ReturnType<typeof setTimeout> | undefined;
  react(() => {
    zoom.value = synced.zoom.value ?? null;
  });
  react(() => {
    const next = zoom.value;
    clearTimeout(timer);
    if (next !== (synced.zoom.peek() ?? null))
      timer = setTimeout(() => synced.set({ zoom: next }), RESTED);
  });
  scope.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
