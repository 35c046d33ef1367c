// A notebook open in JupyterLab with a kernel of its own, and what went over its WebSocket.

const IDLE_MS = 60_000;

const codeCell = (source, index) => ({
  cell_type: "code",
  id: `cell-${index}`,
  metadata: {},
  source,
  outputs: [],
  execution_count: null,
});

function watchTraffic(page) {
  const traffic = { bytes: 0, messages: 0, python_cpu: 0 };
  page.on("websocket", (socket) => {
    if (!socket.url().includes("/api/kernels/")) return;
    socket.on("framesent", () => {
      traffic.messages += 1;
    });
    socket.on("framereceived", ({ payload }) => {
      traffic.bytes += Buffer.byteLength(payload);
    });
  });
  return traffic;
}

export function notebookOf(page, address) {
  const name = `benchmark-${crypto.randomUUID()}.ipynb`;
  const traffic = watchTraffic(page);
  const server = {
    sent: async () => ({ ...traffic }),
    reset: async () => {
      traffic.bytes = 0;
    },
  };

  // JupyterLab drops a run before the kernel is idle without a word.
  const idle = () =>
    page.waitForFunction(
      () =>
        window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === "idle",
      null,
      { timeout: IDLE_MS },
    );

  async function open(sources) {
    const content = {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } },
      cells: sources.map(codeCell),
    };
    const data = { type: "notebook", format: "json", content };
    const response = await page.request.put(`${address}/api/contents/${name}`, { data });
    if (!response.ok()) throw new Error(await response.text());
    await page.goto(`${address}/doc/tree/${name}?reset`);
    await idle();
  }

  // Resolves when the cell has finished; a Python error throws.
  async function run(index) {
    const error = await page.evaluate(async (cell) => {
      const { content } = window.jupyterapp.shell.currentWidget;
      content.activeCellIndex = cell;
      await window.jupyterapp.commands.execute("notebook:run-cell");
      const outputs = content.widgets[cell].model.outputs;
      for (let place = 0; place < outputs.length; place += 1) {
        const output = outputs.get(place);
        if (output.type !== "error") continue;
        const { ename, evalue } = output.toJSON();
        return `${ename}: ${evalue}`;
      }
      return undefined;
    }, index);
    if (error) throw new Error(`cell ${index}: ${error}`);
  }

  // Ends the kernel and removes the file.
  async function close() {
    const sessions = await (await fetch(`${address}/api/sessions`)).json();
    for (const { id, path } of sessions)
      if (path === name) await fetch(`${address}/api/sessions/${id}`, { method: "DELETE" });
    await fetch(`${address}/api/contents/${name}`, { method: "DELETE" });
  }

  return { open, idle, run, close, server };
}
