import { setMaxListeners } from "node:events";
import { effect } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { syncedState } from "../src/state/synced.ts";
import { RecordingHost } from "./support/host.ts";
import { pairsOf, sampleOf, traitsOf } from "./support/sample.ts";

function open() {
  const scope = new AbortController();
  // One listener a trait and view, which Node takes for a leak.
  setMaxListeners(60, scope.signal);
  const host = new RecordingHost(traitsOf(sampleOf()), scope.signal);
  return {
    scope,
    host,
    synced: syncedState(host, ["layer", "aggregate", "merge_words"], scope.signal),
  };
}

describe("syncedState", () => {
  it("starts with the host's values", () => {
    const { synced } = open();
    expect(synced.layer.value).toBe(0);
    expect(synced.selection.value.heads).toEqual(pairsOf(0, [0, 1, 2]));
  });

  it("sends one message for several values, with only those that differ", () => {
    const { host, synced } = open();
    synced.set({ layer: 1, hide_special: false, strongest: 0.5 });
    expect(host.sent).toEqual([{ layer: 1, strongest: 0.5 }]);
    expect([synced.layer.value, synced.strongest.value]).toEqual([1, 0.5]);
  });

  it("shows several values in one step", () => {
    const { synced } = open();
    const seen: [number, number][] = [];
    const stop = effect(() => {
      seen.push([synced.layer.value, synced.strongest.value]);
    });
    synced.set({ layer: 1, strongest: 0.5 });
    expect(seen).toEqual([
      [0, 1],
      [1, 0.5],
    ]);
    stop();
  });

  it("sends nothing for equal values, selections included", () => {
    const { host, synced } = open();
    synced.set({ layer: 0, selection: structuredClone(synced.selection.peek()) });
    synced.set({});
    expect(host.sent).toEqual([]);
  });

  it("takes Python's values without an echo", () => {
    const { host, synced } = open();
    const selection = { block: null, heads: pairsOf(1, [2]), query: 0, key: null };
    host.receive({ selection, layer: 1, hide_special: true });
    expect(synced.selection.value).toEqual(selection);
    expect(synced.layer.value).toBe(1);
    expect(synced.hide_special.value).toBe(true);
    expect(host.sent).toEqual([]);
  });

  it("tells nobody of a selection that is equal by value", () => {
    const { host, synced } = open();
    const seen = vi.fn();
    const stop = effect(() => seen(synced.selection.value));
    host.receive({ selection: structuredClone(host.get("selection")) });
    expect(seen).toHaveBeenCalledTimes(1);
    stop();
  });

  it("stops listening with its scope", () => {
    const { scope, host, synced } = open();
    expect(host.listeners).toBeGreaterThan(0);
    scope.abort();
    expect(host.listeners).toBe(0);
    host.receive({ layer: 1 });
    expect(synced.layer.value).toBe(0);
  });

  it("keeps two views of one host together", () => {
    const { scope, host, synced } = open();
    const other = syncedState(host, ["layer", "aggregate", "merge_words"], scope.signal);
    synced.set({ aggregate: "max" });
    expect(other.aggregate.value).toBe("max");
    other.set({ aggregate: "mean" });
    expect(synced.aggregate.value).toBe("mean");
    expect(host.sent).toEqual([{ aggregate: "max" }, { aggregate: "mean" }]);
  });
});
