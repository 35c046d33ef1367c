import { maxOf } from "../../arrays.ts";
import { powerFor } from "../../scale.ts";
import type { MarginalName, Strip, Weights } from "../../store/weights.ts";
import type { Axis, Play } from "./axis.ts";
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
import type { Held, Pair } from "./state.ts";
import { columnOf, type ItemStrip, rowOf } from "./strips.ts";

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
  /** Filter under which Python's marginals are kept. */
  variant: string;
}

export interface RestPicture {
  lines: Line[];
  mass: Mass;
  power: number;
  /** Largest weight of each row in sight, [row][head]. */
  strongest: Map<number, Float32Array>;
  /** Mean weight received, [head][key item], or null while unknown. */
  received: Float32Array | null;
  tallest: Pair<number>;
  /** Rows in sight whose weights have not come yet. */
  missing: number;
}

export interface HeldPicture {
  lines: Line[];
  mass: Mass;
  power: number;
  strip: ItemStrip;
}

function readers({ weights, block, layer }: Source) {
  return {
    row: (token: number): Strip | null => weights.row(block, layer, token),
    column: (token: number): Strip | null => weights.column(block, layer, token),
  };
}

export function restPicture(source: Source, [from, to]: [number, number]): RestPicture {
  const { axes, play, choice, heads } = source;
  const { row } = readers(source);
  const strongest = new Map<number, Float32Array>();
  let lines: Line[] = [];
  let mass = NO_MASS;
  let missing = 0;
  const side = { play: play.key, special: axes.key.special };
  for (let item = from; item < to; item++) {
    const strip = rowOf(row, heads, axes.query, axes.key, item);
    if (!strip) {
      missing++;
      continue;
    }
    const own = { play: play.query[item] ?? false, special: axes.query.special[item] ?? false };
    const found = linesOf(strip, "query", item, own, side, choice);
    lines = lines.concat(found.lines);
    mass = addMass(mass, found.mass);
    if (own.play) strongest.set(item, largest(strip, heads, play.key));
  }
  const limited = limitLines(lines, mass, MOST_LINES);
  const received = receivedByItem(source);
  return {
    lines: inDrawingOrder(limited.lines, { query: axes.query.special, key: axes.key.special }),
    mass: limited.mass,
    power: powerFor(limited.lines.length),
    strongest,
    received,
    tallest: { query: tallestRow(source, strongest), key: received ? maxOf(received) : 0 },
    missing,
  };
}

export function heldPicture(source: Source, held: Held): HeldPicture | null {
  const { axes, play, choice, heads } = source;
  const read = readers(source);
  const strip =
    held.side === "query"
      ? rowOf(read.row, heads, axes.query, axes.key, held.item)
      : columnOf(read.column, heads, axes.query, axes.key, held.item);
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
    { play: play[other], special: axes[other].special },
    choice,
  );
  const limited = limitLines(found.lines, found.mass, MOST_LINES);
  const order = inDrawingOrder(limited.lines, { query: axes.query.special, key: axes.key.special });
  return { lines: order, mass: limited.mass, power: powerFor(order.length), strip };
}

function largest(strip: ItemStrip, heads: number, play: boolean[]): Float32Array {
  const out = new Float32Array(heads);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < strip.length; i++) {
      const weight = strip.values[head * strip.length + i] ?? 0;
      if (play[i] && weight > (out[head] ?? 0)) out[head] = weight;
    }
  }
  return out;
}

/** Scale of the bars beside the queries: the tallest of all rows, so that scrolling does not change it. */
function tallestRow(source: Source, inSight: Map<number, Float32Array>): number {
  const all = marginal(source, "strongest");
  return maxOf(all ?? [...inSight.values()].flatMap((row) => [...row]));
}

function marginal(
  { weights, block, layer, variant }: Source,
  name: MarginalName,
): Float32Array | null {
  return weights.marginal(name, block, layer, variant);
}

/**
 * Mean weight that each key item receives over the query tokens in play: computed here when the whole layer is in the page,
 * else by Python.
 */
function receivedByItem(source: Source): Float32Array | null {
  const perToken = source.weights.complete(source.block, source.layer)
    ? receivedHere(source)
    : marginal(source, "received");
  if (!perToken) return null;
  const { itemOf, labels } = source.axes.key;
  const out = new Float32Array(source.heads * labels.length);
  for (let head = 0; head < source.heads; head++) {
    itemOf.forEach((item, token) => {
      const at = head * labels.length + item;
      if (source.play.key[item])
        out[at] = (out[at] ?? 0) + (perToken[head * itemOf.length + token] ?? 0);
    });
  }
  return out;
}

function receivedHere(source: Source): Float32Array {
  const { axes, play, heads } = source;
  const { row } = readers(source);
  const keys = axes.key.itemOf.length;
  const sum = new Float32Array(heads * keys);
  const known = new Uint32Array(sum.length);
  axes.query.itemOf.forEach((item, token) => {
    if (!play.query[item]) return;
    const strip = row(token);
    if (!strip) return;
    for (let i = 0; i < sum.length; i++) {
      const weight = strip.values[i] ?? 0;
      if (Number.isNaN(weight)) continue;
      known[i] = (known[i] ?? 0) + 1;
      sum[i] = (sum[i] ?? 0) + weight;
    }
  });
  // Nothing in play reaches a key: 0. Only missing weights do: missing.
  const rows = play.query.some(Boolean);
  return sum.map((value, i) => (rows ? value / (known[i] ?? 0) : 0));
}
