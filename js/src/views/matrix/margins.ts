import type { Pen } from "../../figures/pen.ts";
import { isolated, weightInSentence } from "../../format.ts";
import { fitted, type Lists } from "./axes.ts";
import type { Look } from "./draw.ts";
import type { MatrixLayout } from "./layout.ts";
import { regionOf, type Sight } from "./region.ts";

/** Bars below the map, of what keys receive, and right of it, of what queries give at most. */

const THICKEST = 8;

export interface Margins {
  received: Float32Array | null;
  strongest: Float32Array | null;
  full: number;
}

/** One bar: where it starts along the axis, how thick it is, and the largest value of its tokens. */
export interface Bar {
  at: number;
  thick: number;
  value: number;
  token: number;
}

/** Bars of the tokens in sight; where cells are narrow, one a px with the largest of its tokens. */
export function barsOf(
  values: ArrayLike<number>,
  [from, to]: [number, number],
  first: number,
  cell: number,
  length: number,
  unit: number,
): Bar[] {
  const bars = new Map<number, Bar>();
  const thick = Math.max(1, Math.min(THICKEST * unit, Math.floor(cell * 0.75)));
  for (let token = from; token < to; token++) {
    const value = values[token] ?? 0;
    const from = Math.floor((token - first + 0.5) * cell - (thick - 1) / 2);
    const [at, end] = [Math.max(0, from), Math.min(length, from + thick)];
    if (!(value > 0) || end <= at) continue;
    const there = bars.get(at);
    if (!there || there.value < value) bars.set(at, { at, thick: end - at, value, token });
  }
  return [...bars.values()];
}

export function drawMargins(
  ctx: Pen,
  layout: MatrixLayout,
  sight: Sight,
  lists: Lists,
  { received, strongest, full }: Margins,
  look: Look,
): void {
  const { box, unit, received: below, strongest: right, map } = layout;
  const [q0, q1, k0, k1] = regionOf(box, sight);
  ctx.font = `${look.small}px ${look.family}`;
  ctx.fillStyle = look.ink.ink2;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  const titled = ctx.measureText("received").width <= map.x - 8 * unit;
  if (titled) ctx.fillText("received", map.x - 6 * unit, below.y + 8 * unit);
  if (right) {
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillText("strongest", right.x, map.y - 6 * unit);
    ctx.fillStyle = look.ink.ink3;
    for (const bar of barsOf(
      strongest ?? [],
      [q0, q1],
      sight.top,
      sight.cell,
      right.height,
      unit,
    )) {
      const length = Math.max(
        1,
        Math.sqrt(Math.min(1, bar.value / full)) * (right.width - 4 * unit),
      );
      ctx.fillRect(right.x, map.y + bar.at, length, bar.thick);
    }
  }
  const bars = barsOf(received ?? [], [k0, k1], sight.left, sight.cell, below.width, unit);
  const tallest = bars.reduce<Bar | null>(
    (best, bar) => (best && best.value >= bar.value ? best : bar),
    null,
  );
  if (!tallest) return;
  ctx.fillStyle = look.ink.ink3;
  const height = (bar: Bar) =>
    Math.max(1, Math.sqrt(bar.value / tallest.value) * (below.height - 4 * unit));
  for (const bar of bars) ctx.fillRect(map.x + bar.at, below.y, bar.thick, height(bar));
  const title = titled ? "" : "received: ";
  nameTallest(ctx, layout, tallest, height(tallest), title, lists, look);
}

/** "[CLS] 0.29" under the foot of its bar, where no other bar reaches. */
function nameTallest(
  ctx: Pen,
  { map, received, unit, width }: MatrixLayout,
  bar: Bar,
  height: number,
  title: string,
  lists: Lists,
  look: Look,
): void {
  const label = isolated(fitted(ctx, lists.key.labels[bar.token] ?? "", 120 * unit));
  const value = bar.value >= 0.005 ? bar.value.toFixed(2) : weightInSentence(bar.value);
  const text = `${title}${label} ${value}`;
  const most = width - ctx.measureText(text).width;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.fillStyle = look.ink.ink2;
  ctx.fillText(text, Math.max(0, Math.min(map.x + bar.at, most)), received.y + height + 4 * unit);
}
