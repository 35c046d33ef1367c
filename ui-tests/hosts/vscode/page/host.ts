/**
 * Plays the extension host of VS Code: it owns the kernel's WebSocket and relays it to the webview, an iframe.
 * Binary frames cross as arrays of numbers in JSON, as microsoft/vscode-jupyter's serializers.ts has it.
 */
export interface ExtensionHost {
  start(theme: string): Promise<void>;
  execute(code: string): Promise<string>;
  stop(): Promise<void>;
}

export interface Relayed {
  type: "text" | "binary" | "ready" | "failed" | "render" | "theme";
  payload?: unknown;
}

interface KernelMessage {
  msg_type: string;
  parent_header?: { msg_id?: string };
  content: {
    text?: string;
    ename?: string;
    evalue?: string;
    execution_state?: string;
    data?: Record<string, unknown>;
  };
}

declare global {
  interface Window {
    extensionHost?: ExtensionHost;
  }
}

const WIDGET = "application/vnd.jupyter.widget-view+json";

function extensionHost(webview: HTMLIFrameElement): ExtensionHost {
  const client = crypto.randomUUID();
  const finished = new Map<string, () => void>();
  const printed = new Map<string, string>();
  let kernel: { id: string } | undefined;
  let socket: WebSocket | undefined;

  const toWebview = (type: Relayed["type"], payload: unknown) =>
    webview.contentWindow?.postMessage(JSON.parse(JSON.stringify({ type, payload })), "*");

  function follow({ msg_type, parent_header, content }: KernelMessage): void {
    const parent = parent_header?.msg_id ?? "";
    const print = (text: string) => printed.set(parent, (printed.get(parent) ?? "") + text);
    if (msg_type === "stream") print(content.text ?? "");
    if (msg_type === "error") print(`error: ${content.ename}: ${content.evalue}`);
    if (msg_type === "execute_result" || msg_type === "display_data") {
      const view = content.data?.[WIDGET];
      if (view) toWebview("render", view);
    }
    if (msg_type === "status" && content.execution_state === "idle") finished.get(parent)?.();
  }

  function receive(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      toWebview("text", data);
      follow(JSON.parse(data));
    } else toWebview("binary", [...new Uint8Array(data)]);
  }

  async function connect(id: string): Promise<WebSocket> {
    const opened = new WebSocket(
      `ws://${location.host}/api/kernels/${id}/channels?session_id=${client}`,
    );
    opened.binaryType = "arraybuffer";
    await new Promise((resolve, reject) => {
      opened.onopen = resolve;
      opened.onerror = reject;
    });
    opened.onmessage = ({ data }) => receive(data);
    return opened;
  }

  /** Passes on what the webview sends; resolves when it is ready. */
  function followWebview(to: WebSocket): Promise<void> {
    return new Promise((resolve, reject) => {
      const take: Partial<Record<Relayed["type"], (payload: unknown) => void>> = {
        text: (payload) => to.send(String(payload)),
        binary: (payload) => to.send(new Uint8Array(payload as number[]).buffer),
        ready: () => resolve(),
        failed: (payload) => reject(new Error(String(payload))),
      };
      addEventListener("message", ({ data }: MessageEvent<Relayed>) =>
        take[data.type]?.(data.payload),
      );
    });
  }

  return {
    async start(theme) {
      const body = JSON.stringify({ name: "python3" });
      const made = (await (await fetch("/api/kernels", { method: "POST", body })).json()) as {
        id: string;
      };
      kernel = made;
      socket = await connect(made.id);
      const ready = followWebview(socket);
      const options = JSON.stringify({ kernel: made.id, client, theme });
      webview.src = `webview.html#${encodeURIComponent(options)}`;
      await ready;
    },
    async execute(code) {
      const id = crypto.randomUUID();
      const idle = new Promise<void>((resolve) => finished.set(id, resolve));
      const header = {
        msg_id: id,
        msg_type: "execute_request",
        session: client,
        username: "",
        version: "5.3",
        date: new Date().toISOString(),
      };
      const content = { code, silent: false, store_history: true, user_expressions: {} };
      socket?.send(
        JSON.stringify({
          channel: "shell",
          header,
          parent_header: {},
          metadata: {},
          content: { ...content, allow_stdin: false, stop_on_error: true },
          buffers: [],
        }),
      );
      await idle;
      return printed.get(id) ?? "";
    },
    async stop() {
      socket?.close();
      if (kernel) await fetch(`/api/kernels/${kernel.id}`, { method: "DELETE" });
    },
  };
}

const webview = document.querySelector("iframe");
if (webview) window.extensionHost = extensionHost(webview);
