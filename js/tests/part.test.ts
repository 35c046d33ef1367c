import { describe, expect, it, vi } from "vitest";
import { partHost } from "../src/host/part.ts";
import { RecordingHost } from "./support/host.ts";
import { Kernel } from "./support/kernel.ts";
import { sampleOf, traitsOf } from "./support/sample.ts";

function outer() {
  const scope = new AbortController();
  const sample = sampleOf();
  const kernel = new Kernel(sample);
  const host = new RecordingHost(traitsOf(sample), scope.signal, kernel.handler);
  return { host, kernel, signal: scope.signal };
}

describe("partHost", () => {
  it("keeps its own traits to itself", () => {
    const { host, signal } = outer();
    const part = partHost(host, { own: { layer: 1 } });
    const heard = vi.fn();
    part.onChange("layer", heard, signal);
    host.receive({ layer: 0 });
    expect(part.get("layer")).toBe(1);
    part.set({ layer: 0 });
    expect([part.get("layer"), heard.mock.calls.length, host.sent]).toEqual([0, 1, []]);
    part.put({ layer: 1 });
    expect([part.get("layer"), heard.mock.calls.length]).toEqual([1, 2]);
  });

  it("passes the others through, both ways", () => {
    const { host, signal } = outer();
    const part = partHost(host, { own: { layer: 1 } });
    const heard = vi.fn();
    part.onChange("hide_special", heard, signal);
    part.set({ hide_special: true, layer: 0 });
    expect(host.sent).toEqual([{ hide_special: true }]);
    expect([part.get("hide_special"), heard.mock.calls.length]).toEqual([true, 1]);
  });

  it("tells the outer host what its own traits mean there", () => {
    const { host } = outer();
    const part = partHost(host, {
      own: { layer: 1 },
      translate: ({ layer }) => (layer === undefined ? {} : { opened: [layer, 0] }),
    });
    part.set({ layer: 0 });
    expect(host.sent).toEqual([{ opened: [0, 0] }]);
  });

  it("reads another trait where one is renamed, and names its requests", async () => {
    const { host, kernel, signal } = outer();
    const part = partHost(host, { renamed: { tensors: "tensors_b" }, params: { trace: "b" } });
    const heard = vi.fn();
    part.onChange("tensors", heard, signal);
    const bytes = new Uint8Array(2);
    host.receive({ tensors_b: bytes });
    expect([part.get("tensors"), heard.mock.calls.length]).toEqual([bytes, 1]);
    kernel.held = true;
    void part.request("tile", { layer: 0 });
    expect(kernel.calls[0]?.params).toEqual({ layer: 0, trace: "b" });
  });
});
