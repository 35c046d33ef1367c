import type { TraitName, Traits } from "../state/types.ts";
import { asBytes, type Binary, inflate } from "../store/bytes.ts";
import { Emitter } from "./emitter.ts";

/** The traits that are bytes; they travel, and lie in saved notebooks and pages, deflated. */
export const BLOBS = ["tensors", "tensors_b"] as const satisfies readonly TraitName[];
export type BlobName = (typeof BLOBS)[number];

export function isBlob(name: TraitName): name is BlobName {
  return (BLOBS as readonly TraitName[]).includes(name);
}

/** The blobs of a model, inflated. */
export class Blobs {
  readonly #bytes = new Map<BlobName, Uint8Array>();
  readonly #last = new Map<BlobName, Binary>();
  readonly #changed = new Map<BlobName, Emitter>();

  get(name: BlobName): Uint8Array {
    return this.#bytes.get(name) ?? new Uint8Array(0);
  }

  /** Takes a deflated blob; listeners are told once it is inflated, unless a newer one came meanwhile. */
  async put(name: BlobName, packed: Binary): Promise<void> {
    this.#last.set(name, packed);
    const bytes = await inflate(asBytes(packed));
    if (this.#last.get(name) !== packed) return;
    this.#bytes.set(name, bytes);
    this.#changed.get(name)?.emit();
  }

  onChange(name: BlobName, listener: () => void, signal: AbortSignal): void {
    const emitter = this.#changed.get(name) ?? new Emitter();
    this.#changed.set(name, emitter);
    emitter.on(listener, signal);
  }
}

/** Inflates what a model holds, and whatever its blobs become until `signal` aborts. */
export async function blobsOf(
  model: {
    get<K extends BlobName>(name: K): Traits[K];
    on(event: string, listener: () => void): void;
    off(event: string, listener: () => void): void;
  },
  signal: AbortSignal,
): Promise<Blobs> {
  const blobs = new Blobs();
  const first = BLOBS.map((name) => {
    const take = () => blobs.put(name, model.get(name));
    const follow = () => {
      take();
    };
    model.on(`change:${name}`, follow);
    signal.addEventListener("abort", () => model.off(`change:${name}`, follow), { once: true });
    return take();
  });
  await Promise.all(first);
  return blobs;
}
