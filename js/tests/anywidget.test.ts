import type { AnyModel } from "@anywidget/types";
import { describe, expect, it, vi } from "vitest";
import { anywidgetHost } from "../src/host/anywidget.ts";
import type { Traits } from "../src/state/types.ts";
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
  const host = anywidgetHost(model as unknown as AnyModel<Traits>, scope.signal);
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

  it("works in hosts that show no kernel", () => {
    const { host } = open(null);
    expect(host.kernel).toBe("live");
  });
});
