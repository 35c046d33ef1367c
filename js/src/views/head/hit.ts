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
  scrollTop: number,
  counts: { query: number; key: number },
  heads: number,
  x: number,
  y: number,
): Hit | null {
  if (y < 0 || y >= layout.viewport) return null;
  const item = Math.floor((y + scrollTop) / layout.row);
  const within = (side: SideName) => item >= 0 && item < counts[side];
  for (const [side, span] of [
    ["query", layout.queryBars],
    ["key", layout.keyBars],
  ] as const) {
    if (!span || !within(side) || !inside(span, x)) continue;
    const head = Math.floor((x - span.from) / (layout.bar.width + layout.bar.gap));
    if (head >= 0 && head < heads && x >= barLeft(layout, span, head))
      return { kind: "bar", side, item, head };
  }
  if (within("query") && (inside(layout.queryText, x, 4) || inside(layout.queryWeights, x)))
    return { kind: "token", side: "query", item };
  const keyEnd = layout.keyWeights.at(-1)?.to ?? layout.keyText.to;
  if (within("key") && x >= layout.keyText.from - 4 && x < keyEnd)
    return { kind: "token", side: "key", item };
  return null;
}
