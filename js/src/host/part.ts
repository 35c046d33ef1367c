import type { TraitName, Traits } from "../state/types.ts";
import { Emitter } from "./emitter.ts";
import type { Host } from "./host.ts";

interface PartOptions {
  /** Traits that live in the part alone: what they are at first. */
  own?: Partial<Traits>;
  /** Traits that are read from another trait of the outer host: the second trace of a comparison. */
  renamed?: Partial<Record<TraitName, TraitName>>;
  /** What the outer host is told when the part sets traits that are not its own; the values themselves unless given. */
  translate?: (values: Partial<Traits>) => Partial<Traits>;
  /** Added to the parameters of every request. */
  params?: object;
  /** Ends what a loader of the part's own listens to; the outer host's unless given. */
  signal?: AbortSignal;
}

/** A part's host: and a way to change, from outside, the traits that are its own. */
export interface PartHost extends Host {
  put(values: Partial<Traits>): void;
}

/** A view within a view sees a host of its own: some traits are its own, the rest pass through. */
export function partHost(outer: Host, options: PartOptions): PartHost {
  const own: Partial<Traits> = { ...options.own };
  const changed = new Map<TraitName, Emitter>();
  const isOwn = (name: string) => name in own;
  const nameOf = (name: TraitName) => options.renamed?.[name] ?? name;
  const put = (values: Partial<Traits>) => {
    Object.assign(own, values);
    for (const name of Object.keys(values)) changed.get(name as TraitName)?.emit();
  };
  return {
    get: (name) => (isOwn(name) ? own[name] : outer.get(nameOf(name))) as Traits[typeof name],
    set(values) {
      const entries = Object.entries(values);
      put(Object.fromEntries(entries.filter(([name]) => isOwn(name))));
      const passed = Object.fromEntries(entries.filter(([name]) => !isOwn(name)));
      const told = options.translate?.(values) ?? passed;
      if (Object.keys(told).length > 0) outer.set(told);
    },
    onChange(name, listener, signal) {
      if (!isOwn(name)) return outer.onChange(nameOf(name), listener, signal);
      const emitter = changed.get(name) ?? new Emitter();
      changed.set(name, emitter);
      emitter.on(listener, signal);
    },
    request: (method, params) => outer.request(method, { ...params, ...options.params }),
    get kernel() {
      return outer.kernel;
    },
    onKernel: (listener, signal) => outer.onKernel(listener, signal),
    signal: options.signal ?? outer.signal,
    put,
  };
}
