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

/** Text that fits, with … where it is cut. */
export function fitted(ctx: CanvasRenderingContext2D, text: string, room: number): string {
  if (ctx.measureText(text).width <= room) return text;
  const letters = [...text];
  while (letters.length > 1 && ctx.measureText(`${letters.join("")}…`).width > room) letters.pop();
  return `${letters.join("")}…`;
}

/** `bold`: tokens that are pointed at or locked. */
export function drawAxes(
  ctx: CanvasRenderingContext2D,
  layout: MatrixLayout,
  sight: Sight,
  lists: Lists,
  bold: { query: (number | null)[]; key: (number | null)[] },
  look: Look,
): void {
  const { map, box, unit } = layout;
  const { cell } = sight;
  const [q0, q1, k0, k1] = regionOf(box, sight);
  const tokens = showsTokens(layout, sight);
  const gap = 6 * unit;
  ctx.font = `${look.small}px ${look.family}`;
  const number = ctx.measureText(String(k1)).width + 2 * gap;
  const step = (room: number) => (tokens ? 1 : tickStep(cell, Math.max(LEAST_GAP * unit, room)));
  /** Sets the style of a label and returns its text. */
  const label = (side: "query" | "key", i: number): string => {
    const strong = bold[side].includes(i);
    const { ink1, ink2, ink3 } = look.ink;
    const plain = tokens && lists[side].special[i] ? ink3 : ink2;
    ctx.font = `${strong ? "bold " : ""}${look.small}px ${look.family}`;
    ctx.fillStyle = strong ? ink1 : plain;
    return tokens ? (lists[side].labels[i] ?? "") : String(i);
  };
  const within = (at: number, length: number) => at >= 0 && at <= length;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const i of ticks(q0, q1, step(0))) {
    const y = (i + 0.5 - sight.top) * cell;
    const text = fitted(ctx, label("query", i), map.x - gap - 2);
    if (within(y, map.height)) ctx.fillText(text, map.x - gap, map.y + y);
  }
  for (const i of ticks(k0, k1, step(number))) {
    const x = (i + 0.5 - sight.left) * cell;
    const text = label("key", i);
    if (!within(x, map.width)) continue;
    if (tokens) upright(ctx, fitted(ctx, text, map.y - gap - 2), map.x + x, map.y - gap);
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

function upright(ctx: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = "left";
  ctx.fillText(text, 0, 0);
  ctx.restore();
}

/** A number over its column; left out where it would reach beyond `end`. */
function level(
  ctx: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  end: number,
): void {
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  if (x + ctx.measureText(text).width / 2 <= end) ctx.fillText(text, x, y);
}
