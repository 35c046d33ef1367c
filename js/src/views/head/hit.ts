import { barLeft, type HeadLayout, type Span } from "./layout.ts";

export type SideName = "query" | "key";

export type Hit =
  | { kind: "token"; side: SideName; item: number }
  | { kind: "bar"; side: SideName; item: number; head: number };

function inside(span: Span | null, x: number, slack = 0): boolean {
  return span !== null && x >= span.from - slack && x < span.to + slack;
}

/** What lies at a point of the viewport: a bar of a head, or a token with its label and numbers. */
export function hitTest(
  layout: HeadLayout,
  tops: Record<SideName, number>,
  counts: Record<SideName, number>,
  heads: number,
  x: number,
  y: number,
): Hit | null {
  if (y < 0 || y >= layout.viewport) return null;
  const itemOf = (side: SideName) => Math.floor((y + tops[side]) / layout.row);
  const within = (side: SideName) => itemOf(side) >= 0 && itemOf(side) < counts[side];
  for (const [side, span] of [
    ["query", layout.queryBars],
    ["key", layout.keyBars],
  ] as const) {
    if (!span || !within(side) || !inside(span, x)) continue;
    const head = Math.floor((x - span.from) / (layout.bar.width + layout.bar.gap));
    if (head >= 0 && head < heads && x >= barLeft(layout, span, head))
      return { kind: "bar", side, item: itemOf(side), head };
  }
  if (within("query") && (inside(layout.queryText, x, 4) || inside(layout.queryWeights, x)))
    return { kind: "token", side: "query", item: itemOf("query") };
  const keyEnd = layout.keyWeights.at(-1)?.to ?? layout.keyText.to;
  if (within("key") && x >= layout.keyText.from - 4 && x < keyEnd)
    return { kind: "token", side: "key", item: itemOf("key") };
  return null;
}

/** The side that a point belongs to, the lines shared in the middle. */
export function sideAt({ lines, queryText, keyText }: HeadLayout, x: number): SideName {
  const middle = lines ? (lines.from + lines.to) / 2 : (queryText.to + keyText.from) / 2;
  return x < middle ? "query" : "key";
}
