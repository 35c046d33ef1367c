import type { AnyModel } from "@anywidget/types";
import { describe, expect, it, vi } from "vitest";
import { anywidgetHost } from "../src/host/anywidget.ts";
import { Blobs, blobsOf } from "../src/host/blobs.ts";
import { keepShown } from "../src/host/keep.ts";
import { MemoryHost } from "../src/host/memory.ts";
import type { Traits } from "../src/state/types.ts";
import { deflated } from "./support/deflate.ts";
import { FakeModel } from "./support/model.ts";
import { sampleOf, traitsOf } from "./support/sample.ts";

class FakeSignal {
  readonly slots = new Set<() => void>();
  connect(slot: () => void) {
    this.slots.add(slot);
  }
  disconnect(slot: () => void) {
    this.slots.delete(slot);
  }
  emit() {
    for (const slot of this.slots) slot();
  }
}

class FakeKernel {
  status = "idle";
  connectionStatus = "connected";
  readonly statusChanged = new FakeSignal();
  readonly connectionStatusChanged = new FakeSignal();
}

function open(kernel: FakeKernel | null = null) {
  const scope = new AbortController();
  const model = new FakeModel(traitsOf(sampleOf()), kernel);
  const host = anywidgetHost(model as unknown as AnyModel<Traits>, scope.signal, new Blobs());
  return { scope, model, host };
}

describe("anywidgetHost", () => {
  it("writes several traits and saves once", () => {
    const { model, host } = open();
    host.set({ layer: 1, aggregate: "sum" });
    expect(model.saves).toEqual([{ layer: 1, aggregate: "sum" }]);
    expect(host.get("layer")).toBe(1);
  });

  it("hears a trait until the view's scope ends", () => {
    const { model, host } = open();
    const scope = new AbortController();
    const listener = vi.fn();
    host.onChange("layer", listener, scope.signal);
    model.receive({ layer: 1 });
    expect(listener).toHaveBeenCalledTimes(1);
    scope.abort();
    model.receive({ layer: 0 });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("asks by custom message and takes the answer's buffers", async () => {
    const { model, host } = open();
    const reply = host.request("tile", { layer: 1 });
    const sent = model.messages[0] as { id: string; method: string };
    expect(sent).toMatchObject({ v: 1, method: "tile", params: { layer: 1 } });
    model.emit("msg:custom", { v: 1, id: sent.id, ok: true }, [
      new DataView(Uint8Array.of(4, 5).buffer),
    ]);
    await expect(reply).resolves.toEqual({ buffers: [Uint8Array.of(4, 5)] });
  });

  it("takes an error that comes without buffers", async () => {
    const { model, host } = open();
    const reply = host.request("tile", {});
    const { id } = model.messages[0] as { id: string };
    model.emit("msg:custom", { v: 1, id, ok: false, error: { type: "E", message: "no" } });
    await expect(reply).rejects.toMatchObject({ kind: "E", message: "no" });
  });

  it.each(["dead", "restarting", "autorestarting", "terminating"])(
    "gives up for good when its kernel is %s, and rejects what is open",
    async (status) => {
      const kernel = new FakeKernel();
      const { host, scope } = open(kernel);
      const changed = vi.fn();
      host.onKernel(changed, scope.signal);
      const question = host.request("tile", {});
      expect(host.kernel).toBe("live");
      kernel.status = status;
      kernel.statusChanged.emit();
      await expect(question).rejects.toMatchObject({ kind: "NoKernel" });
      expect(host.kernel).toBe("gone");
      expect(changed).toHaveBeenCalled();
      kernel.status = "idle";
      kernel.statusChanged.emit();
      expect(host.kernel).toBe("gone");
      await expect(host.request("tile", {})).rejects.toMatchObject({ kind: "NoKernel" });
    },
  );

  it("is gone only while the connection is", () => {
    const kernel = new FakeKernel();
    const { host } = open(kernel);
    kernel.connectionStatus = "disconnected";
    expect(host.kernel).toBe("gone");
    kernel.connectionStatus = "connected";
    expect(host.kernel).toBe("live");
  });

  it("leaves nothing on the model or the kernel when it closes", async () => {
    const kernel = new FakeKernel();
    const { host, model, scope } = open(kernel);
    const reply = host.request("tile", {});
    expect(model.listeners).toBe(1);
    scope.abort();
    await expect(reply).rejects.toMatchObject({ kind: "Closed" });
    expect(model.listeners).toBe(0);
    expect(kernel.statusChanged.slots.size + kernel.connectionStatusChanged.slots.size).toBe(0);
  });

  it("is gone from the start where a notebook was opened anew: no Python knows the widget", async () => {
    const scope = new AbortController();
    const restored = { ...traitsOf(sampleOf()), layout: { comm_live: false } };
    const model = new FakeModel(restored, new FakeKernel());
    const host = anywidgetHost(model as unknown as AnyModel<Traits>, scope.signal, new Blobs());
    expect(host.kernel).toBe("gone");
    await expect(host.request("tile", {})).rejects.toMatchObject({ kind: "NoKernel" });
    expect(model.messages).toEqual([]);
  });

  it("works in hosts that show no kernel", () => {
    const { host } = open(null);
    expect(host.kernel).toBe("live");
  });
});

describe("blobsOf", () => {
  const bytes = Uint8Array.of(9, 0, 7, 7, 7, 7, 7);

  async function model(tensors: Uint8Array) {
    const fake = new FakeModel({ ...traitsOf(sampleOf()), tensors });
    return { fake, any: fake as unknown as AnyModel<Traits> };
  }

  it("inflates what a model holds, whatever it lies in, and nothing where there is nothing", async () => {
    const packed = await deflated(bytes);
    const buffer = new Uint8Array(packed.length + 5).fill(0xaa);
    buffer.set(packed, 3);
    const { any } = await model(buffer.subarray(3, 3 + packed.length));
    const blobs = await blobsOf(any, new AbortController().signal);
    expect(blobs.get("tensors")).toEqual(bytes);
    expect(blobs.get("tensors_b")).toEqual(new Uint8Array(0));
  });

  it("tells of a new blob once it is inflated, and of the last one where two come at once", async () => {
    const scope = new AbortController();
    const { fake, any } = await model(await deflated(bytes));
    const blobs = await blobsOf(any, scope.signal);
    const seen: Uint8Array[] = [];
    blobs.onChange("tensors", () => seen.push(blobs.get("tensors")), scope.signal);
    const [first, second] = [await deflated(Uint8Array.of(1)), await deflated(Uint8Array.of(2))];
    fake.receive({ tensors: first });
    fake.receive({ tensors: second });
    await vi.waitFor(() => expect(seen).toEqual([Uint8Array.of(2)]));
    scope.abort();
    expect(fake.listeners).toBe(0);
  });

  it("refuses what is not deflated", async () => {
    const { any } = await model(bytes);
    await expect(blobsOf(any, new AbortController().signal)).rejects.toThrow();
  });
});

describe("keepShown", () => {
  it("asks once, some time after the last change, and not where nobody answers", () => {
    vi.useFakeTimers();
    const kernel = new FakeKernel();
    const { host, model, scope } = open(kernel);
    keepShown(host);
    model.receive({ layer: 1 });
    vi.advanceTimersByTime(1500);
    model.receive({ layer: 0 });
    vi.advanceTimersByTime(1500);
    expect(model.messages).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(model.messages).toMatchObject([{ method: "keep", params: {} }]);
    model.receive({ height: 300 });
    vi.advanceTimersByTime(5000);
    expect(model.messages).toHaveLength(1);
    kernel.connectionStatus = "disconnected";
    model.receive({ layer: 1 });
    vi.advanceTimersByTime(5000);
    expect(model.messages).toHaveLength(1);
    scope.abort();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("asks later where Python is busy", () => {
    vi.useFakeTimers();
    const scope = new AbortController();
    const asked: string[] = [];
    const host = new MemoryHost(traitsOf(sampleOf()), scope.signal, (method) => {
      asked.push(method);
      return Promise.resolve({ buffers: [] });
    });
    keepShown(host);
    host.setKernel("waiting");
    host.receive({ layer: 1 });
    vi.advanceTimersByTime(2500);
    expect(asked).toEqual([]);
    host.setKernel("live");
    vi.advanceTimersByTime(2000);
    expect(asked).toEqual(["keep"]);
    scope.abort();
    vi.useRealTimers();
  });
});
