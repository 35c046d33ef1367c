import { type ReadonlySignal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import type { Requests } from "../../store/loader.ts";

/** Counts arrivals of data and changes of the kernel, so that what is worked out of them can follow. */
export function arrivalsOf(
  requests: Requests,
  host: Host,
  scope: AbortSignal,
): ReadonlySignal<number> {
  const arrivals = signal(0);
  const arrived = () => {
    arrivals.value++;
  };
  requests.onChange(arrived, scope);
  host.onKernel(arrived, scope);
  return arrivals;
}
