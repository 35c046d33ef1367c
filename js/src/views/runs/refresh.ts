import type { ReadonlySignal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { RunsSpec } from "../../state/runs.ts";

const EVERY = 3000;
/** While there is more to read at once. */
const SOON = 50;

/** Has Python read on, every few seconds, while the view is in sight and a run goes on. */
export function keepReading(
  root: HTMLElement,
  host: Host,
  spec: ReadonlySignal<RunsSpec>,
  scope: AbortSignal,
): void {
  let seen = false;
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const plan = () => {
    clearTimeout(timer);
    if (scope.aborted || running || !seen || document.hidden) return;
    const { live, more } = spec.peek();
    if (live && host.kernel === "live") timer = setTimeout(ask, more ? SOON : EVERY);
  };
  const ask = () => {
    running = true;
    host
      .request("refresh", {})
      .catch(() => {})
      .finally(() => {
        running = false;
        plan();
      });
  };
  const observer = new IntersectionObserver((entries) => {
    seen = entries.some(({ isIntersecting }) => isIntersecting);
    plan();
  });
  observer.observe(root);
  document.addEventListener("visibilitychange", plan, { signal: scope });
  host.onChange("_runs", plan, scope);
  host.onKernel(plan, scope);
  scope.addEventListener(
    "abort",
    () => {
      observer.disconnect();
      clearTimeout(timer);
    },
    { once: true },
  );
}
