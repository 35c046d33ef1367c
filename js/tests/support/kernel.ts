import type { Reply } from "../../src/host/host.ts";
import type { Handler } from "../../src/host/memory.ts";
import type { TileRequest } from "../../src/store/plan.ts";
import { blob } from "./blob.ts";
import { pieceOf, type Sample } from "./sample.ts";

interface MarginalsRequest {
  block: string;
  layer: number;
  sentences: string;
  hide_special: boolean;
}

interface Call {
  method: string;
  params: TileRequest & MarginalsRequest;
  answer: () => void;
  refuse: (error: Error) => void;
  answerWith: (reply: Reply) => void;
}

/** A kernel in the page that answers with real weights, at once or when the test says so. */
export class Kernel {
  readonly calls: Call[] = [];
  /** While true, calls wait for `answer` or `refuse`. */
  held = false;
  /** Refuses every call with this. */
  refusing: Error | null = null;

  constructor(private readonly sample: Sample) {}

  readonly handler: Handler = (method, params) =>
    new Promise((resolve, reject) => {
      const call: Call = {
        method,
        params: params as Call["params"],
        answer: () => resolve(this.#reply(call)),
        refuse: reject,
        answerWith: resolve,
      };
      this.calls.push(call);
      if (this.refusing) reject(this.refusing);
      else if (!this.held) call.answer();
    });

  #reply({ method, params }: Call): Reply {
    if (method === "tile") return { buffers: [blob([pieceOf(this.sample, params)])] };
    const { heads, tokens, weightAt } = this.sample;
    const count = tokens.labels.length;
    const received = Float32Array.from({ length: heads * count }, (_, at) => {
      const [head, key] = [Math.floor(at / count), at % count];
      let sum = 0;
      for (let query = 0; query < count; query++) sum += weightAt(params.layer, head, query, key);
      return sum / count;
    });
    const name = `received/${params.block}/${params.layer}`;
    return { buffers: [blob([{ name, shape: [heads, count], data: received }])] };
  }
}
