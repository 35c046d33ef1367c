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

export function restPicture(source: Source, [from, to]: [number, number]): RestPicture {
  const { axes, play, choice, heads } = source;
  const { row } = readers(source);
  const strongest = new Map<number, Float32Array>();
  let lines: Line[] = [];
  let mass = NO_MASS;
  let missing = 0;
  const side = { play: play.key, special: axes.key.special, sink: sinkItem(axes.key) };
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
  return {
    lines: inDrawingOrder(limited.lines, { query: axes.query.special, key: axes.key.special }),
    mass: limited.mass,
    power: powerFor(limited.lines.length),
    strongest,
    missing,
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
