import { powerFor } from "../../scale.ts";
import type { Strip, Weights } from "../../store/weights.ts";
import { type Axis, isSink, type Play } from "./axis.ts";
import {
  addMass,
  type Choice,
  inDrawingOrder,
  type Line,
  limitLines,
  linesOf,
  type Mass,
  NO_MASS,
} from "./lines.ts";
import { largest } from "./marginals.ts";
import type { Held, Pair } from "./state.ts";
import { columnOf, type ItemStrip, rowOf, sinkColumn } from "./strips.ts";

/** Weights to pictures: what to draw, as plain values. */

/** More lines than this take longer than a person waits; the weakest go below the cut and are counted there. */
const MOST_LINES = 2500;

export interface Source {
  weights: Weights;
  block: string;
  layer: number;
  heads: number;
  axes: Pair<Axis>;
  play: Play;
  choice: Choice;
}

export interface RestPicture {
  lines: Line[];
  mass: Mass;
  power: number;
  /** Largest weight of each row in sight, [row][head]. */
  strongest: Map<number, Float32Array>;
  /** Rows in sight whose weights have not come yet. */
  missing: number;
  /** False where a row in sight is known by one byte a weight. */
  exact: boolean;
}

export interface HeldPicture {
  lines: Line[];
  mass: Mass;
  power: number;
  strip: ItemStrip;
}

/** Reads token rows and columns of the layer that is shown. */
export function readers({ weights, block, layer }: Pick<Source, "weights" | "block" | "layer">) {
  return {
    row: (token: number): Strip | null => weights.row(block, layer, token),
    column: (token: number): Strip | null => weights.column(block, layer, token),
  };
}

function sinkItem(key: Axis): number | null {
  const last = key.labels.length - 1;
  return isSink(key, last) ? last : null;
}

function columnFor(source: Source, item: number): ItemStrip | null {
  const { axes, heads } = source;
  const { row, column } = readers(source);
  return isSink(axes.key, item)
    ? sinkColumn(row, heads, axes.query, axes.key)
    : columnOf(column, heads, axes.query, axes.key, item);
}

/** What a row adds to the picture at rest. */
interface RowPicture {
  lines: Line[];
  mass: Mass;
  /** Largest weight of each head; null for a row that is not in play. */
  largest: Float32Array | null;
  exact: boolean;
}

interface KnownRow {
  row: RowPicture;
  /** Where the weights of each of its tokens are from. */
  tiles: (object | null)[];
}

/** What is known of the picture at rest, so that scrolling works out only the rows that come into sight, and an arrival only those that it changes. */
export interface Known {
  rows: Map<number, KnownRow>;
  /** Made of just these rows, and for which sight. */
  picture: RestPicture | null;
  sight: [number, number] | null;
}

export function nothingKnown(): Known {
  return { rows: new Map(), picture: null, sight: null };
}

function rowPicture(source: Source, item: number): RowPicture | null {
  const { axes, play, choice, heads } = source;
  const strip = rowOf(readers(source).row, heads, axes.query, axes.key, item);
  if (!strip) return null;
  const side = { play: play.key, special: axes.key.special, sink: sinkItem(axes.key) };
  const own = { play: play.query[item] ?? false, special: axes.query.special[item] ?? false };
  const { lines, mass } = linesOf(strip, "query", item, own, side, choice);
  const { exact } = strip;
  return { lines, mass, largest: own.play ? largest(strip, heads, play.key) : null, exact };
}

/** `known` belongs to the source but for its weights; rows out of sight leave it. The same picture again where none of its rows has changed. */
export function restPicture(
  source: Source,
  sight: [number, number],
  known: Known = nothingKnown(),
): RestPicture {
  const { rows } = known;
  const [from, to] = sight;
  known.sight = sight;
  let [missing, changed] = [0, false];
  for (const item of rows.keys())
    if (item < from || item >= to) changed = rows.delete(item) || changed;
  for (let item = from; item < to; item++) {
    const kept = rows.get(item);
    const row = knownRow(source, item, kept);
    if (!row) missing++;
    else if (row !== kept) {
      rows.set(item, row);
      changed = true;
    }
  }
  if (changed || known.picture?.missing !== missing)
    known.picture = pictureOf(rows, source.axes, missing);
  return known.picture;
}

/** The row as it was, unless other weights of it have come. */
function knownRow(source: Source, item: number, kept: KnownRow | undefined): KnownRow | undefined {
  const { axes, weights, block, layer } = source;
  const tokens = axes.query.tokens[item] ?? [];
  const tiles = tokens.map((token) => weights.find(block, layer, "query", token));
  // Weights that are no longer kept were the same.
  if (kept && tiles.every((tile, i) => !tile || tile === kept.tiles[i])) return kept;
  const row = rowPicture(source, item);
  return row ? { row, tiles } : kept;
}

function pictureOf(rows: Known["rows"], axes: Pair<Axis>, missing: number): RestPicture {
  const strongest: RestPicture["strongest"] = new Map();
  const lines: Line[] = [];
  let [mass, exact] = [NO_MASS, true];
  for (const item of [...rows.keys()].sort((a, b) => a - b)) {
    const found = rows.get(item)?.row;
    if (!found) continue;
    exact &&= found.exact;
    for (const line of found.lines) lines.push(line);
    mass = addMass(mass, found.mass);
    if (found.largest) strongest.set(item, found.largest);
  }
  const limited = limitLines(lines, mass, MOST_LINES);
  return {
    lines: inDrawingOrder(limited.lines, { query: axes.query.special, key: axes.key.special }),
    mass: limited.mass,
    power: powerFor(limited.lines.length),
    strongest,
    missing,
    exact,
  };
}

export function heldPicture(source: Source, held: Held): HeldPicture | null {
  const { axes, play, choice, heads } = source;
  const strip =
    held.side === "query"
      ? rowOf(readers(source).row, heads, axes.query, axes.key, held.item)
      : columnFor(source, held.item);
  if (!strip) return null;
  const other = held.side === "query" ? "key" : "query";
  const own = {
    play: play[held.side][held.item] ?? false,
    special: axes[held.side].special[held.item] ?? false,
  };
  const found = linesOf(
    strip,
    held.side,
    held.item,
    own,
    {
      play: play[other],
      special: axes[other].special,
      sink: other === "key" ? sinkItem(axes.key) : null,
    },
    choice,
  );
  const limited = limitLines(found.lines, found.mass, MOST_LINES);
  const order = inDrawingOrder(limited.lines, { query: axes.query.special, key: axes.key.special });
  return { lines: order, mass: limited.mass, power: powerFor(order.length), strip };
}
