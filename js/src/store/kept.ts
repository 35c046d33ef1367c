/** After each arrival every view looks at all that it has in sight. */
const IN_SIGHT = 2;

/**
 * Arrays that have arrived, by name, least recently used first, within a limit of bytes. What was used since the arrival before the last one
 * is in sight of some view: it stays, even over the limit, since it would be asked for again at once.
 */
export class Kept<T extends { readonly data: ArrayBufferView }> {
  readonly #pieces = new Map<string, T>();
  readonly #used = new Map<string, number>();
  #arrivals = 0;
  #bytes = 0;

  constructor(private readonly limit: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Looks without using. */
  peek(name: string): T | undefined {
    return this.#pieces.get(name);
  }

  put(name: string, piece: T): void {
    this.#bytes += piece.data.byteLength - (this.peek(name)?.data.byteLength ?? 0);
    this.#touch(name, piece);
  }

  /** Asking for a piece keeps it; of what is only read in passing, the oldest may still go. */
  use(name: string, passing = false): T | null {
    const found = this.peek(name);
    if (!found) return null;
    this.#touch(name, found, passing);
    return found;
  }

  /** After an arrival: drops the oldest until these and so many bytes beside them are within the limit. */
  trim(beside = 0): void {
    this.#arrivals++;
    for (const [name, { data }] of this.#pieces) {
      if (this.#bytes + beside <= this.limit) break;
      if ((this.#used.get(name) ?? 0) + IN_SIGHT >= this.#arrivals) continue;
      this.#pieces.delete(name);
      this.#used.delete(name);
      this.#bytes -= data.byteLength;
    }
  }

  #touch(name: string, piece: T, passing = false): void {
    this.#pieces.delete(name);
    this.#pieces.set(name, piece);
    if (!passing) this.#used.set(name, this.#arrivals);
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#pieces.entries();
  }
}
