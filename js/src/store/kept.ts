/** Arrays that have arrived, by name, least recently used first, within a limit of bytes. */
export class Kept<T extends { readonly data: ArrayBufferView }> {
  readonly #pieces = new Map<string, T>();
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
    this.#pieces.delete(name);
    this.#pieces.set(name, piece);
  }

  /** Asking for a piece keeps it: what is on screen is the last to be dropped. */
  use(name: string): T | null {
    const found = this.peek(name);
    if (!found) return null;
    this.#pieces.delete(name);
    this.#pieces.set(name, found);
    return found;
  }

  /** Drops the oldest until these and so many bytes beside them are within the limit; one always stays. */
  trim(beside = 0): void {
    for (const [name, { data }] of this.#pieces) {
      if (this.#bytes + beside <= this.limit || this.#pieces.size === 1) break;
      this.#pieces.delete(name);
      this.#bytes -= data.byteLength;
    }
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#pieces.entries();
  }
}
