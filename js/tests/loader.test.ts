import { describe, expect, it, vi } from "vitest";
import { HostError } from "../src/host/host.ts";
import { Loader } from "../src/store/loader.ts";
import { variantOf, type Want, weightJobs } from "../src/store/plan.ts";
import { blob } from "./support/blob.ts";
import { RecordingHost } from "./support/host.ts";
import { Kernel } from "./support/kernel.ts";
import { layerBlob, pieceOf, sampleOf, tokenList, traitsOf } from "./support/sample.ts";

const ALL = { sentences: "all", hideSpecial: false } as const;

const small = sampleOf({ layers: 6 });
/** Too large for one message, so that it is asked for in bands. */
const large = sampleOf({
  tokens: tokenList(Array.from({ length: 320 }, (_, i) => `t${i}`)),
  layers: 3,
  heads: 3,
});

function open(sample = small, stored = [0]) {
  const scope = new AbortController();
  const kernel = new Kernel(sample);
  const host = new RecordingHost(traitsOf(sample, {}, stored), scope.signal, kernel.handler);
  const loader = new Loader(host).forView(scope.signal);
  const changed = vi.fn();
  loader.onChange(changed, scope.signal);
  const count = sample.tokens.labels.length;
  const want = (layer: number, more: Partial<Want> = {}): Want => ({
    block: "encoder",
    layer,
    heads: sample.heads,
    queryCount: count,
    keyCount: count,
    queries: [0, Math.min(26, count)],
    keys: [0, Math.min(26, count)],
    held: null,
    pointed: true,
    ...more,
  });
  /** Every request so far was settled: each is told once. */
  const idle = () =>
    vi.waitFor(() => expect(changed.mock.calls.length).toBeGreaterThanOrEqual(kernel.calls.length));
  return { scope, kernel, host, loader, changed, want, idle };
}

describe("Loader", () => {
  it("starts with what came with the view and asks for nothing that is here", () => {
    const { loader, kernel, want } = open();
    expect(loader.weights.complete("encoder", 0)).toBe(true);
    loader.need(weightJobs(loader.weights, want(0), ALL));
    expect(kernel.calls).toEqual([]);
  });

  it("asks for a missing layer once and tells when it is here", async () => {
    const { loader, kernel, changed, want, idle } = open();
    loader.need(weightJobs(loader.weights, want(2), ALL));
    loader.need(weightJobs(loader.weights, want(2), ALL));
    await idle();
    expect(kernel.calls.map(({ method, params }) => [method, params])).toEqual([
      ["tile", { block: "encoder", layer: 2, axis: "all", start: 0, stop: 8, dtype: "f32" }],
    ]);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(loader.weights.row("encoder", 2, 1)?.values[3]).toBeCloseTo(0.6);
    expect(loader.failure).toBeNull();
  });

  it("drops wishes that were passed before they were sent: the latest wins", async () => {
    const { loader, kernel, want, idle } = open();
    kernel.held = true;
    for (const layer of [1, 2, 3, 4, 5]) loader.need(weightJobs(loader.weights, want(layer), ALL));
    expect(kernel.calls.map(({ params }) => params.layer)).toEqual([1, 2]);
    for (const call of [...kernel.calls]) call.answer();
    await vi.waitFor(() => expect(kernel.calls).toHaveLength(3));
    expect(kernel.calls[2]?.params.layer).toBe(5);
    kernel.calls[2]?.answer();
    await idle();
    expect(kernel.calls).toHaveLength(3);
    expect(loader.weights.complete("encoder", 3)).toBe(false);
  });

  it("reports a failure once and asks again only after another wish", async () => {
    const { loader, kernel, changed, want, idle } = open();
    kernel.held = true;
    loader.need(weightJobs(loader.weights, want(3), ALL));
    kernel.calls[0]?.refuse(new HostError("OutOfRange", "layer 3 does not exist"));
    await idle();
    expect(loader.failure).toEqual({ kind: "OutOfRange", message: "layer 3 does not exist" });
    expect(changed).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 5; i++) loader.need(weightJobs(loader.weights, want(3), ALL));
    expect(kernel.calls).toHaveLength(1);
    expect(loader.failure?.kind).toBe("OutOfRange");

    loader.need(weightJobs(loader.weights, want(0), ALL));
    expect(loader.failure).toBeNull();
    loader.need(weightJobs(loader.weights, want(3), ALL));
    expect(kernel.calls).toHaveLength(2);
  });

  it("asks again for what Python has not finished, and no more once the person has moved on", async () => {
    const { loader, kernel, scope, want } = open();
    let layer = 1;
    const ask = () => loader.need(weightJobs(loader.weights, want(layer), ALL));
    loader.onChange(ask, scope.signal);
    kernel.held = true;
    ask();
    for (let times = 1; times <= 3; times++) {
      expect(kernel.calls.map(({ params }) => params.layer)).toEqual(Array(times).fill(1));
      expect(loader.idle).toBe(false);
      kernel.calls.at(-1)?.answerWith({ buffers: [blob([])] });
      await vi.waitFor(() => expect(kernel.calls).toHaveLength(times + 1));
    }
    layer = 2;
    ask();
    expect(kernel.calls.map(({ params }) => params.layer)).toEqual([1, 1, 1, 1, 2]);
    kernel.calls[3]?.answerWith({ buffers: [blob([])] });
    kernel.calls[4]?.answer();
    await vi.waitFor(() => expect(loader.idle).toBe(true));
    expect(kernel.calls).toHaveLength(5);
    expect(loader.weights.complete("encoder", 2)).toBe(true);
    expect(loader.failure).toBeNull();
  });

  it("reports an answer that cannot be read, or holds nothing, instead of asking for ever", async () => {
    for (const buffers of [[Uint8Array.of(1, 2, 3)], []]) {
      const { loader, kernel, scope, want, idle } = open();
      loader.onChange(() => loader.need(weightJobs(loader.weights, want(1), ALL)), scope.signal);
      kernel.held = true;
      loader.need(weightJobs(loader.weights, want(1), ALL));
      kernel.calls[0]?.answerWith({ buffers });
      await vi.waitFor(() => expect(loader.failure).not.toBeNull());
      await idle();
      expect(kernel.calls).toHaveLength(1);
    }
  });

  it.each(["gone", "none"] as const)("sends nothing while the kernel is %s", async (state) => {
    const { loader, kernel, host, want, idle } = open();
    host.setKernel(state);
    loader.need(weightJobs(loader.weights, want(1), ALL));
    expect(kernel.calls).toEqual([]);
    expect(loader.failure).toBeNull();
    host.setKernel("live");
    await idle();
    expect(kernel.calls).toHaveLength(1);
    expect(loader.weights.complete("encoder", 1)).toBe(true);
  });

  it.each(["gone", "none"] as const)(
    "is idle while the kernel is %s: nothing is to come",
    async (state) => {
      const { loader, kernel, host, want, idle } = open(large, []);
      const bytes = { layer: 1, axis: "all", start: 0, stop: 320, dtype: "u8" } as const;
      host.receive({ tensors: blob([pieceOf(large, bytes)]) });
      host.setKernel(state);
      const jobs = weightJobs(loader.weights, want(1), ALL);
      expect(jobs.map(({ params }) => params)).toMatchObject([{ dtype: "f32" }, { dtype: "f32" }]);
      loader.need(jobs);
      expect(loader.idle).toBe(true);
      kernel.held = true;
      host.setKernel("live");
      expect(loader.idle).toBe(false);
      for (const call of [...kernel.calls]) call.answer();
      await vi.waitFor(() => expect(loader.idle).toBe(true));
      await idle();
    },
  );

  it("does not call a lost kernel a failure, and says the rest when it is back", async () => {
    const { loader, kernel, host, want, idle } = open();
    kernel.held = true;
    loader.need(weightJobs(loader.weights, want(1), ALL));
    host.setKernel("gone");
    kernel.calls[0]?.refuse(new HostError("NoKernel", "The kernel of this view ended."));
    await idle();
    expect(loader.failure).toBeNull();
  });

  it("sends nothing after the model is closed", async () => {
    const { loader, kernel, scope, want } = open(large, []);
    const settled = vi.fn();
    loader.onChange(settled, new AbortController().signal);
    kernel.held = true;
    loader.need(
      weightJobs(loader.weights, want(1, { held: { axis: "query", start: 300, stop: 301 } }), ALL),
    );
    expect(kernel.calls).toHaveLength(2);
    scope.abort();
    for (const call of [...kernel.calls])
      call.refuse(new HostError("Closed", "The view was closed."));
    await vi.waitFor(() => expect(settled).toHaveBeenCalledTimes(2));
    expect(kernel.calls).toHaveLength(2);
    expect(loader.failure).toBeNull();
  });

  it("asks for bands and for the received means of a large layer, under the filter in use", async () => {
    const { loader, kernel, want, idle } = open(large, []);
    loader.need(weightJobs(loader.weights, want(1), { sentences: "all", hideSpecial: true }));
    await idle();
    expect(kernel.calls.map(({ method, params }) => `${method} ${params.axis ?? ""}`)).toEqual([
      "tile query",
      "tile key",
      "marginals ",
    ]);
    expect(kernel.calls[2]?.params).toEqual({
      block: "encoder",
      layer: 1,
      sentences: "all",
      hide_special: true,
    });
    const variant = variantOf("all", true);
    expect(loader.weights.marginal("received", "encoder", 1, variant)).not.toBeNull();
    expect(loader.weights.marginal("received", "encoder", 1, "all")).toBeNull();
    loader.need(weightJobs(loader.weights, want(1), { sentences: "all", hideSpecial: true }));
    expect(kernel.calls).toHaveLength(3);
    loader.need(weightJobs(loader.weights, want(1), ALL));
    expect(kernel.calls).toHaveLength(4);
    await idle();
  });

  it("keeps the wishes of two views apart: a refusal of one is not asked again for the other", async () => {
    const { kernel, host, scope, want } = open(large, []);
    kernel.refusing = new HostError("OutOfRange", "no");
    const shared = new Loader(host);
    const views = [0, 200].map((from) => ({ from, view: shared.forView(scope.signal) }));
    const ask = ({ from, view }: (typeof views)[number]) =>
      view.need(
        weightJobs(
          view.weights,
          want(1, { queries: [from, from + 20], keys: [from, from + 20] }),
          ALL,
        ),
      );
    const told = vi.fn();
    for (const one of views) one.view.onChange(() => ask(one), scope.signal);
    shared.onChange(told, scope.signal);
    for (const one of views) ask(one);
    await vi.waitFor(() => expect(views.every(({ view }) => view.failure)).toBe(true));
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(kernel.calls.length));
    const names = kernel.calls.map(({ method, params }) => JSON.stringify([method, params]));
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes in what Python sends by itself", () => {
    const { loader, host, changed } = open();
    host.receive({ tensors: layerBlob(small, [4]) });
    expect(loader.weights.complete("encoder", 4)).toBe(true);
    expect(loader.weights.complete("encoder", 0)).toBe(true);
    expect(changed).toHaveBeenCalledTimes(1);
  });
});
