/**
 * What anywidget loads for a view: the view's own program (js/src/widget.ts), deflated, which takes a third of the room in a saved
 * notebook and on the way from the kernel. Python writes it in place of PROGRAM.
 */
import { bytesFromBase64, inflate } from "./store/bytes.ts";

const PROGRAM = "HEADWISE_PROGRAM";

async function unpacked(): Promise<unknown> {
  const text = await inflate(bytesFromBase64(PROGRAM));
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    const module = (await import(url)) as { default: () => unknown };
    return module.default();
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Where the program cannot be unpacked, words instead of a blank cell. */
function sorry(error: unknown): object {
  const why = error instanceof Error ? error.message : String(error);
  return {
    render({ el }: { el: HTMLElement }) {
      el.textContent = `headwise cannot start in this browser: ${why}. It needs DecompressionStream and import from blob: addresses; view.to_html() makes a page that needs only the first.`;
    },
  };
}

export default () => unpacked().catch(sorry);
