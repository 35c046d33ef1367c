/** Plays the notebook webview of VS Code: the published widget manager over a kernel connection that the host page relays. */
import type { Relayed } from "./host.ts";

interface Model {
  model_id: string;
}

interface Manager {
  has_model(id: string): boolean;
  get_model(id: string): Promise<unknown>;
  create_view(model: unknown, options: { el: HTMLElement }): Promise<unknown>;
  display_view(message: object, view: unknown, options: { node: HTMLElement }): Promise<unknown>;
}

interface RelayedSocket {
  onmessage?(event: { data: unknown; target: unknown }): void;
}

declare global {
  interface Window {
    "@jupyterlab/services": {
      KernelConnection: new (options: object) => unknown;
      ServerConnection: { makeSettings(settings: object): unknown };
    };
    vscIPyWidgets8: { load(): void };
    vscIPyWidgets: {
      WidgetManager: new (
        kernel: unknown,
        el: undefined,
        loader: object,
        logger: () => void,
      ) => Manager;
    };
    requirejs: { config(options: object): void };
  }
}

const options = JSON.parse(decodeURIComponent(location.hash.slice(1)));
/** Foreground and background of VS Code's own themes of these kinds. */
const THEMES: Record<string, [string, string]> = {
  "vscode-light": ["#3b3b3b", "#ffffff"],
  "vscode-dark": ["#cccccc", "#1f1f1f"],
  "vscode-high-contrast": ["#ffffff", "#000000"],
  "vscode-high-contrast-light": ["#292929", "#ffffff"],
};
const toHost = (type: Relayed["type"], payload?: unknown) =>
  parent.postMessage(JSON.parse(JSON.stringify({ type, payload })), "*");

let socket: RelayedSocket | undefined;

/** Stands in for the browser's WebSocket: every frame goes through the host page. */
class HostSocket implements RelayedSocket {
  readonly protocol = "";
  readonly readyState = 1;
  onopen?: (event: object) => void;
  onmessage?: (event: { data: unknown; target: unknown }) => void;

  constructor(readonly url: string) {
    socket = this;
    setTimeout(() => this.onopen?.({}), 0);
  }

  send(data: string | ArrayBuffer | Uint8Array): void {
    if (typeof data === "string") toHost("text", data);
    else toHost("binary", [...(data instanceof ArrayBuffer ? new Uint8Array(data) : data)]);
  }

  close(): void {}
}

function applyTheme(kind: string): void {
  const [foreground = "", background = ""] = THEMES[kind] ?? [];
  const { body, documentElement } = document;
  body.className = kind;
  body.dataset.vscodeThemeKind = kind;
  body.style.background = background;
  body.style.color = foreground;
  documentElement.style.setProperty("--vscode-editor-foreground", foreground);
  documentElement.style.setProperty("--vscode-editor-background", background);
  documentElement.style.setProperty("--vscode-font-size", "13px");
}

async function render(manager: Manager, { model_id }: Model): Promise<void> {
  const node = document.createElement("div");
  node.className = "output cell-output-ipywidget-background";
  document.body.append(node);
  while (!manager.has_model(model_id)) await new Promise((resolve) => setTimeout(resolve, 20));
  const view = await manager.create_view(await manager.get_model(model_id), { el: node });
  await manager.display_view({}, view, { node });
}

async function main(): Promise<void> {
  applyTheme(options.theme);
  const bundle = "./ipywidgets.js";
  const { activate } = await import(bundle);
  activate();
  window.vscIPyWidgets8.load();
  const { KernelConnection, ServerConnection } = window["@jupyterlab/services"];
  const kernel = new KernelConnection({
    serverSettings: ServerConnection.makeSettings({
      WebSocket: HostSocket,
      wsUrl: "ws://relayed/",
      baseUrl: "http://relayed/",
    }),
    clientId: options.client,
    username: "",
    handleComms: true,
    model: { id: options.kernel, name: "python3" },
  });
  const registered = new Set<string>();
  const loader = {
    widgetsRegisteredInRequireJs: registered,
    errorHandler: (...details: unknown[]) => {
      throw new Error(`widget script failed: ${details.map(String)}`);
    },
    successHandler() {},
    async loadWidgetScript(name: string) {
      window.requirejs.config({ paths: { [name]: `nbextensions/${name}/index` } });
      registered.add(name);
    },
  };
  const manager = new window.vscIPyWidgets.WidgetManager(kernel, undefined, loader, () => {});
  const deliver = (data: unknown) => socket?.onmessage?.({ data, target: socket });
  addEventListener("message", ({ data: { type, payload } }: MessageEvent<Relayed>) => {
    if (type === "text") deliver(payload);
    if (type === "binary") deliver(new Uint8Array(payload as number[]).buffer);
    if (type === "render") void render(manager, payload as Model);
    if (type === "theme") applyTheme(String(payload));
  });
  toHost("ready");
}

main().catch((error: Error) => toHost("failed", error.stack ?? String(error)));
