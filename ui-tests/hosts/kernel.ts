import type { Page } from "@playwright/test";

interface Request {
  kernel: string;
  code: string;
}

/** Runs in the page: a client of the kernel beside the page's own. */
async function executeInPage({ kernel, code }: Request) {
  const session = crypto.randomUUID();
  const address = `ws://${location.host}/api/kernels/${kernel}/channels?session_id=${session}`;
  const socket = new WebSocket(address);
  const opened = (resolve: (event: Event) => void, reject: (event: Event) => void) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  };
  const request = {
    channel: "shell",
    header: {
      msg_id: session,
      msg_type: "execute_request",
      session,
      username: "",
      version: "5.3",
      date: new Date().toISOString(),
    },
    parent_header: {},
    metadata: {},
    content: { code, silent: false, store_history: false },
    buffers: [],
  };
  const result = { printed: "", error: "" };
  const take: Record<string, (content: Record<string, string>) => void> = {
    stream: ({ text = "" }) => {
      result.printed += text;
    },
    error: ({ ename, evalue }) => {
      result.error = `${ename}: ${evalue}`;
    },
  };
  const idle = (resolve: (value: null) => void) => {
    socket.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      const { msg_type, parent_header, content } = JSON.parse(data);
      if (parent_header.msg_id !== session) return;
      take[msg_type]?.(content);
      if (content.execution_state === "idle") resolve(null);
    };
    socket.send(JSON.stringify(request));
  };
  await new Promise(opened);
  await new Promise(idle);
  socket.close();
  return result;
}

/** Runs code in a kernel of the page's server; resolves with what it printed. A Python error throws. */
export async function execute(page: Page, kernel: string, code: string): Promise<string> {
  const { printed, error } = await page.evaluate(executeInPage, { kernel, code });
  if (error) throw new Error(error);
  return printed;
}
