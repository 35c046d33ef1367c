import { type ReadonlySignal, signal } from "@preact/signals";
import type { Host } from "../../host/host.ts";
import { HostError } from "../../host/host.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import type { AnswerSpec } from "../../state/live.ts";
import type { SelectionValue, TraceSpec, Traits } from "../../state/types.ts";
import { typedOf } from "./state.ts";

/** One answer of the model: what its picture is drawn from. */
export interface Run {
  number: number;
  trace: TraceSpec;
  tensors: Traits["tensors"];
  answer: AnswerSpec | undefined;
}

const NONE = { run: 0, tensors: 0 };

/**
 * The newest run of which everything has come. Python sends all of a run in one message, but bytes are inflated, and so
 * told of, later than the rest: `_run` counts how often they have changed.
 */
export function runsOf(host: Host, scope: AbortSignal): ReadonlySignal<Run> {
  const now = () => host.get("_run") ?? NONE;
  const read = (): Run => ({
    number: now().run,
    trace: host.get("_trace"),
    tensors: host.get("tensors"),
    answer: host.get("_said"),
  });
  const run = signal(read());
  let seen = now().tensors;
  const look = () => {
    if (now().run !== run.peek().number && now().tensors === seen) run.value = read();
  };
  host.onChange("_run", look, scope);
  host.onChange(
    "tensors",
    () => {
      seen = now().tensors;
      look();
    },
    scope,
  );
  return run;
}

/**
 * The host of the picture of one run. Once Python is further, it hears nothing of the traits any more, which are about
 * other tokens then, and what is set in it of tokens is dropped.
 */
export function runHost(outer: Host, run: Run, signal: AbortSignal): PartHost {
  return partHost(guardedHost(outer, run), {
    own: { _trace: run.trace, tensors: run.tensors },
    params: { run: run.number },
    signal,
  });
}

/** The host of the picture before the changes of a run, whose tokens are numbered as they were typed. */
export function plainHost(outer: Host, run: Run, signal: AbortSignal): PartHost {
  const guarded = guardedHost(outer, run);
  const { answer } = run;
  const move = (
    selection: SelectionValue,
    to: (token: number) => number | null | undefined,
  ): SelectionValue => ({
    block: selection.block,
    heads: selection.heads,
    query: selection.query === null ? null : (to(selection.query) ?? null),
    key: selection.key === null ? null : (to(selection.key) ?? null),
  });
  const inPlain = (selection: SelectionValue) =>
    move(selection, (token) => (answer ? typedOf(answer, token) : token));
  const part = partHost(guarded, {
    own: {
      _trace: outer.get("_trace_b"),
      tensors: new Uint8Array(0),
      selection: inPlain(outer.get("selection")),
    },
    params: { run: run.number, plain: true },
    signal,
    translate: ({ selection, ...rest }) =>
      selection
        ? { ...rest, selection: move(selection, (token) => answer?.places[token]?.[0] ?? token) }
        : rest,
  });
  guarded.onChange(
    "selection",
    () => part.put({ selection: inPlain(outer.get("selection")) }),
    signal,
  );
  return part;
}

function guardedHost(outer: Host, run: Run): Host {
  const current = () => (outer.get("_run") ?? NONE).run === run.number;
  return {
    get: (name) => outer.get(name),
    set(values) {
      const { selection, block, layer, ...rest } = values;
      outer.set(current() ? values : rest);
    },
    onChange: (name, listener, scope) => outer.onChange(name, () => current() && listener(), scope),
    request: async (method, params) => {
      try {
        return await outer.request(method, params);
      } catch (error) {
        // A newer picture is on its way: refused, this one would ask again and again until it is there.
        if (error instanceof HostError && error.kind === "AnswerReplaced")
          return new Promise<never>(() => {});
        throw error;
      }
    },
    get kernel() {
      return outer.kernel;
    },
    onKernel: (listener, scope) => outer.onKernel(listener, scope),
    signal: outer.signal,
  };
}
