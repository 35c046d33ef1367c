import type { Aggregate, HeadPair } from "../state/types.ts";
import type { Tensor } from "./decode.ts";
import { Kept } from "./kept.ts";
import type { Job } from "./loader.ts";

/** Which map: heads of a block laid over each other. */
export interface MapWant {
  block: string;
  heads: HeadPair[];
  aggregate: Exclude<Aggregate, "each">;
  hideSpecial: boolean;
}

/** In place of a pool: pieces of exact weights. */
export const EXACT = 0;

/** A square of a map: bytes (0 where nothing is seen, else 1 + 254 · √(weight / full)), or weights (−∞ where nothing is seen, NaN where unknown). */
export interface Piece {
  /** Rows that Python has computed, from the top. */
  rows: number;
  columns: number;
  data: Uint8Array | Float32Array;
}

const MOST_MARGINALS = 64;
const SIDE = { dots: 128, cells: 64 };

/** Tokens that a side of a piece covers. */
export function pieceSide(level: number): number {
  return level === EXACT ? SIDE.cells : SIDE.dots * level;
}

/** The weight that is drawn at full strength. */
export function fullWeight({ heads, aggregate }: MapWant): number {
  return aggregate === "sum" ? Math.max(1, heads.length) : 1;
}

/** Weight of a byte of a piece. */
export function weightOf(code: number, full: number): number {
  return full * ((code - 1) / 254) ** 2;
}

function ranges(numbers: number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === (numbers[j] ?? 0) + 1) j++;
    parts.push(j > i ? `${numbers[i]}-${numbers[j]}` : `${numbers[i]}`);
    i = j + 1;
  }
  return parts.join(",");
}

/** The part of a tensor's name that says which map it is of, as Python writes it. */
export function mapName({ heads, aggregate, hideSpecial }: MapWant): string {
  const layers = new Map<number, Set<number>>();
  for (const [layer, head] of heads) layers.set(layer, (layers.get(layer) ?? new Set()).add(head));
  const parts = [...layers]
    .sort(([a], [b]) => a - b)
    .map(([layer, there]) => `${layer}.${ranges([...there].sort((a, b) => a - b))}`);
  return `${parts.join("+")}~${heads.length > 1 ? aggregate : "mean"}~${hideSpecial ? 1 : 0}`;
}

function params({ block, heads, aggregate, hideSpecial }: MapWant): object {
  return { block, heads, aggregate, hide_special: hideSpecial };
}

export function pieceJob(want: MapWant, level: number, row: number, column: number): Job {
  const dtype = level === EXACT ? "f32" : "u8";
  return {
    name: pieceName(want.block, mapName(want), level, row, column),
    method: "matrix",
    params: { ...params(want), pool: level || 1, row, column, dtype },
  };
}

export function marginalsJob(want: MapWant): Job {
  const name = `matrix-received/${want.block}/${mapName(want)}`;
  return { name, method: "matrix_marginals", params: params(want), later: true };
}

function pieceName(block: string, map: string, level: number, row: number, column: number): string {
  return ["matrix", block, map, level || "exact", row, column].join("/");
}

/** The pieces of maps that have arrived, least recently used first, within a limit of bytes. */
export class Matrix {
  readonly #pieces: Kept<Piece>;
  readonly #marginals = new Map<string, Float32Array>();

  constructor(limit = 32_000_000) {
    this.#pieces = new Kept(limit);
  }

  get bytes(): number {
    return this.#pieces.bytes;
  }

  add(tensors: Tensor[]): void {
    for (const tensor of tensors) {
      const { name, data } = tensor;
      if (name.startsWith("matrix/")) this.#keep(tensor);
      else if (name.startsWith("matrix-") && data instanceof Float32Array)
        this.#marginals.set(name, data);
    }
    this.#pieces.trim();
    for (const name of this.#marginals.keys()) {
      if (this.#marginals.size <= MOST_MARGINALS) break;
      this.#marginals.delete(name);
    }
  }

  #keep({ name, shape, data }: Tensor): void {
    const [rows = 0, columns = 0] = shape;
    const before = this.#pieces.peek(name);
    if (before && before.rows > rows) return;
    this.#pieces.put(name, { rows, columns, data });
  }

  piece(block: string, map: string, level: number, row: number, column: number): Piece | null {
    return this.#pieces.use(pieceName(block, map, level, row, column));
  }

  /** Whether any piece of a map is here. */
  has(block: string, map: string): boolean {
    const start = `matrix/${block}/${map}/`;
    return [...this.#pieces].some(([name]) => name.startsWith(start));
  }

  /** Largest weight of each query, or mean weight that each key receives. */
  marginal(kind: "strongest" | "received", block: string, map: string): Float32Array | null {
    return this.#marginals.get(`matrix-${kind}/${block}/${map}`) ?? null;
  }
}
