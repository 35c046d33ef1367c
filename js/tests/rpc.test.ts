import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HostError } from "../src/host/host.ts";
import { RpcClient } from "../src/store/rpc.ts";

interface Sent {
  v: number;
  id: string;
  method: string;
  params: object;
}

function client(send?: (message: object) => void) {
  const sent: Sent[] = [];
  const scope = new AbortController();
  const onWaiting = vi.fn();
  const rpc = new RpcClient(
    send ?? ((message) => sent.push(message as Sent)),
    onWaiting,
    scope.signal,
  );
  return { rpc, sent, scope, onWaiting };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("RpcClient", () => {
  it("sends the protocol's version, an id of its own, the method and all parameters", () => {
    const { rpc, sent } = client();
    void rpc.request("tile", { layer: 3 });
    void rpc.request("marginals", { layer: 4 });
    expect(sent.map(({ v, method, params }) => ({ v, method, params }))).toEqual([
      { v: 1, method: "tile", params: { layer: 3 } },
      { v: 1, method: "marginals", params: { layer: 4 } },
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
    const other = client();
    void other.rpc.request("tile", {});
    expect(sent.map(({ id }) => id)).not.toContain(other.sent[0]?.id);
  });

  it("hands each answer to its own question, in any order and as bytes", async () => {
    const { rpc, sent } = client();
    const [first, second] = [rpc.request("tile", {}), rpc.request("tile", {})];
    const bytes = Uint8Array.of(0, 7, 8, 0);
    rpc.receive({ v: 1, id: sent[1]?.id, ok: true }, [new DataView(bytes.buffer, 1, 2)]);
    rpc.receive({ v: 1, id: sent[0]?.id, ok: true }, []);
    await expect(second).resolves.toEqual({ buffers: [Uint8Array.of(7, 8)] });
    await expect(first).resolves.toEqual({ buffers: [] });
  });

  it("ignores answers to others and messages that are no answers", async () => {
    const { rpc, sent } = client();
    const settled = vi.fn();
    const question = rpc.request("tile", {}).finally(settled);
    for (const message of [null, 7, "x", {}, { id: sent[0]?.id }, { v: 1, id: "else-0", ok: true }])
      rpc.receive(message, []);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
    const answer = { v: 1, id: sent[0]?.id, ok: true };
    rpc.receive(answer, []);
    rpc.receive(answer, [Uint8Array.of(1)]);
    await expect(question).resolves.toEqual({ buffers: [] });
  });

  it("rejects with Python's type and message", async () => {
    const { rpc, sent } = client();
    const question = rpc.request("tile", {});
    const error = { type: "OutOfRange", message: "layer 7 does not exist" };
    rpc.receive({ v: 1, id: sent[0]?.id, ok: false, error }, []);
    await expect(question).rejects.toThrow(new HostError("OutOfRange", "layer 7 does not exist"));
    await expect(question).rejects.toMatchObject({ kind: "OutOfRange" });

    const silent = rpc.request("tile", {});
    rpc.receive({ v: 1, id: sent[1]?.id, ok: false }, []);
    await expect(silent).rejects.toMatchObject({ message: "Python gave no reason." });
  });

  it("waits from 400 ms on, until the last late answer", async () => {
    const { rpc, sent, onWaiting } = client();
    const both = [rpc.request("tile", {}), rpc.request("tile", {})];
    vi.advanceTimersByTime(399);
    expect(rpc.waiting).toBe(false);
    expect(onWaiting).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(rpc.waiting).toBe(true);
    rpc.receive({ v: 1, id: sent[0]?.id, ok: true }, []);
    expect(rpc.waiting).toBe(true);
    onWaiting.mockClear();
    rpc.receive({ v: 1, id: sent[1]?.id, ok: true }, []);
    expect(rpc.waiting).toBe(false);
    expect(onWaiting).toHaveBeenCalledTimes(1);
    await Promise.all(both);
  });

  it("never waits for what was answered in time", async () => {
    const { rpc, sent, onWaiting } = client();
    const question = rpc.request("tile", {});
    vi.advanceTimersByTime(300);
    rpc.receive({ v: 1, id: sent[0]?.id, ok: true }, []);
    await question;
    vi.advanceTimersByTime(1000);
    expect(rpc.waiting).toBe(false);
    expect(onWaiting).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects everything that is open when the view closes", async () => {
    const { rpc, scope } = client();
    const both = [rpc.request("tile", {}), rpc.request("tile", {})];
    scope.abort();
    for (const question of both) await expect(question).rejects.toMatchObject({ kind: "Closed" });
    expect(vi.getTimerCount()).toBe(0);
    expect(rpc.waiting).toBe(false);
  });

  it("rejects at once, and does not wait, when the message cannot be sent", async () => {
    const { rpc } = client(() => {
      throw new Error("the connection is disposed");
    });
    await expect(rpc.request("tile", {})).rejects.toThrow("the connection is disposed");
    vi.advanceTimersByTime(1000);
    expect(rpc.waiting).toBe(false);
  });
});
