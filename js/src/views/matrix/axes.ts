import type { Pen } from "../../figures/pen.ts";
import { isolated } from "../../format.ts";
import type { TokenList } from "../../state/types.ts";
import type { Look } from "./draw.ts";
import type { MatrixLayout } from "./layout.ts";
import { regionOf, type Sight } from "./region.ts";
import { tickStep, ticks } from "./ticks.ts";

/** Tokens, or their numbers, along the axes; and what tokens give and receive. */

const TOKENS_FROM = 14;
const LEAST_GAP = 28;

export interface Lists {
  query: TokenList;
  key: TokenList;
}

/** Whether cells are large enough for a token each. */
export function showsTokens({ unit }: MatrixLayout, { cell }: Sight): boolean {
  return cell >= TOKENS_FROM * unit;
}

/** No more code units than this are looked at: a token may have thousands. */
const MOST_UNITS = 400;

/** Text that fits, with … where it is cut: never within what a person reads as one letter. */
export function fitted(ctx: Pick<Pen, "measureText">, text: string, room: number): string {
  const fits = (part: string) => ctx.measureText(part).width <= room;
  if (text.length <= MOST_UNITS && fits(text)) return text;
  const letters = Array.from(
    new Intl.Segmenter().segment(text.slice(0, MOST_UNITS)),
    ({ segment }) => segment,
  );
  const cut = (count: number) => `${letters.slice(0, count).join("")}…`;
  let [low, high] = [1, letters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(cut(middle))) low = middle;
    else high = middle - 1;
  }
  return cut(low);
}

/** `bold`: tokens that are pointed at or locked. */
export function drawAxes(
  ctx: Pen,
  layout: MatrixLayout,
  sight: Sight,
  lists: Lists,
  bold: { query: (number | null)[]; key: (number | null)[] },
  look: Look,
  base: number,
): void {
  const { map, box, unit } = layout;
  const { cell } = sight;
  const [q0, q1, k0, k1] = regionOf(box, sight);
  const tokens = showsTokens(layout, sight);
  const gap = 6 * unit;
  ctx.font = `${look.small}px ${look.family}`;
  const number = ctx.measureText(String(k1 + base)).width + 2 * gap;
  const step = (room: number) => (tokens ? 1 : tickStep(cell, Math.max(LEAST_GAP * unit, room)));
  /** Sets the style of a label and returns its text. */
  const label = (side: "query" | "key", i: number): string => {
    const strong = bold[side].includes(i);
    const { ink1, ink2, ink3 } = look.ink;
    const plain = tokens && lists[side].special[i] ? ink3 : ink2;
    ctx.font = `${strong ? "bold " : ""}${look.small}px ${look.family}`;
    ctx.fillStyle = strong ? ink1 : plain;
    return tokens ? (lists[side].labels[i] ?? "") : String(i + base);
  };
  const within = (at: number, length: number) => at >= 0 && at <= length;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const i of ticks(q0, q1, step(0))) {
    const y = (i + 0.5 - sight.top) * cell;
    const text = fitted(ctx, label("query", i), map.x - gap - 2);
    if (within(y, map.height)) ctx.fillText(isolated(text), map.x - gap, map.y + y);
  }
  for (const i of ticks(k0, k1, step(number))) {
    const x = (i + 0.5 - sight.left) * cell;
    const text = label("key", i);
    if (!within(x, map.width)) continue;
    if (tokens) upright(ctx, isolated(fitted(ctx, text, map.y - gap - 2)), map.x + x, map.y - gap);
    else
      level(
        ctx,
        text,
        map.x + x,
        map.y - gap,
        layout.strongest ? layout.strongest.x - gap : layout.width,
      );
  }
}

function upright(ctx: Pen, text: string, x: number, y: number): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = "left";
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

/** A number over its column; left out where it would reach beyond `end`. */
function level(ctx: Pen, text: string, x: number, y: number, end: number): void {
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  if (x + ctx.measureText(text).width / 2 <= end) ctx.fillText(text, x, y);
}
