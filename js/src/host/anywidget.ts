import type { AnyModel } from "@anywidget/types";
import type { Traits } from "../state/types.ts";
import { RpcClient } from "../store/rpc.ts";
import { type Blobs, isBlob } from "./blobs.ts";
import { Emitter } from "./emitter.ts";
import { type Host, HostError, type KernelState } from "./host.ts";

/** The part of JupyterLab's kernel connection that its widget manager exposes; other hosts have none of it. */
interface KernelConnection {
  status: string;
  connectionStatus: string;
  statusChanged: Signal;
  connectionStatusChanged: Signal;
}

interface Signal {
  connect(slot: () => void): void;
  disconnect(slot: () => void): void;
}

const LOST = new Set(["dead", "restarting", "autorestarting", "terminating"]);

function kernelOf(model: AnyModel<Traits>): KernelConnection | null {
  const { kernel } = model.widget_manager as unknown as { kernel?: KernelConnection | null };
  return kernel && "statusChanged" in kernel ? kernel : null;
}

/** A saved notebook that was opened anew has the models of its views, and no Python behind them. */
function isRestored(model: AnyModel<Traits>): boolean {
  // A model of ipywidgets knows whether it has a comm; anywidget hands out no model but the layout's, which is made with the view's.
  const { layout } = { layout: (model as AnyModel).get("layout") } as {
    layout?: { comm_live?: boolean };
  };
  return layout?.comm_live === false;
}

/** The only place that touches anywidget's model. Made once a model, in `initialize`; `blobs` are the model's. */
export function anywidgetHost(model: AnyModel<Traits>, signal: AbortSignal, blobs: Blobs): Host {
  const kernelChanged = new Emitter();
  const kernel = kernelOf(model);
  let lost = isRestored(model);

  const rpc = new RpcClient(
    (message) => model.send(message),
    () => kernelChanged.emit(),
    signal,
  );
  const receive = (content: unknown, buffers: DataView[]) => rpc.receive(content, buffers ?? []);
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => model.off("msg:custom", receive), { once: true });

  if (kernel) {
    const update = () => {
      // The Python half of this widget died with its kernel: a restarted one does not know it.
      if (LOST.has(kernel.status)) {
        lost = true;
        rpc.rejectAll(new HostError("NoKernel", "The kernel of this view ended."));
      }
      kernelChanged.emit();
    };
    for (const source of [kernel.statusChanged, kernel.connectionStatusChanged]) {
      source.connect(update);
      signal.addEventListener("abort", () => source.disconnect(update), { once: true });
    }
  }

  const state = (): KernelState => {
    if (lost || kernel?.connectionStatus === "disconnected") return "gone";
    return rpc.waiting ? "waiting" : "live";
  };

  return {
    get: (name) => (isBlob(name) ? blobs.get(name) : model.get(name)) as Traits[typeof name],
    set(values) {
      for (const [name, value] of Object.entries(values)) model.set(name as keyof Traits, value);
      model.save_changes();
    },
    onChange(name, listener, scope) {
      if (isBlob(name)) return blobs.onChange(name, listener, scope);
      model.on(`change:${name}`, listener);
      scope.addEventListener("abort", () => model.off(`change:${name}`, listener), { once: true });
    },
    request(method, params) {
      if (state() === "gone")
        return Promise.reject(new HostError("NoKernel", "The kernel of this view ended."));
      return rpc.request(method, params);
    },
    get kernel() {
      return state();
    },
    onKernel: (listener, scope) => kernelChanged.on(listener, scope),
    signal,
  };
}
