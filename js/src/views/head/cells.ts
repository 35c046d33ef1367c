import { weightInColumn } from "../../format.ts";
import type { Cell } from "./draw.ts";
import type { Span } from "./layout.ts";
import type { Choice, Line } from "./lines.ts";
import type { Held } from "./state.ts";
import { combine, headOf, type ItemStrip } from "./strips.ts";

/** One column of numbers beside a list while a token is held. */
export interface WeightColumn {
  span: Span;
  /** Head of the column, or −1 where heads are combined. */
  head: number;
  title: string;
  values: ArrayLike<number>;
}

/** A column a head while they fit, else one with the combined or the strongest weight. */
export function weightColumns(strip: ItemStrip, choice: Choice, spans: Span[]): WeightColumn[] {
  const { heads, aggregate } = choice;
  const [first] = spans;
  if (heads.length === 0 || !first) return [];
  if (aggregate === "each" && heads.length <= spans.length) {
    return heads.flatMap((head, i) => {
      const span = spans[i];
      return span ? [{ span, head, title: "weight", values: headOf(strip, head) }] : [];
    });
  }
  const how = aggregate === "each" ? "max" : aggregate;
  return [
    {
      span: first,
      head: -1,
      title: aggregate === "each" ? "strongest" : aggregate,
      values: combine(strip, heads, how),
    },
  ];
}

/** First item with the largest weight above 0 of those in play. */
function largestInPlay(
  values: ArrayLike<number>,
  play: boolean[],
): { item: number; weight: number } {
  let [item, weight] = [-1, 0];
  for (let i = 0; i < values.length; i++) {
    if (!play[i] || !((values[i] ?? 0) > weight)) continue;
    [item, weight] = [i, values[i] ?? 0];
  }
  return { item, weight };
}

/** Items with the largest weight in play of a column. */
export function strongestItems(columns: WeightColumn[], play: boolean[]): Set<number> {
  const places = columns.map(({ values }) => largestInPlay(values, play).item);
  return new Set(places.filter((item) => item >= 0));
}

/** Numbers of the rows in sight: the largest of a column bold, those without a line faint. */
export function cellsOf(
  columns: WeightColumn[],
  lines: Line[],
  held: Held,
  exact: boolean,
  play: boolean[],
  [from, to]: [number, number],
): Cell[] {
  const other = held.side === "query" ? "key" : "query";
  const inSight = lines.filter((line) => line[other] >= from && line[other] < to);
  const lined = new Set(
    inSight.flatMap((line) => [`${line.head}/${line[other]}`, `any/${line[other]}`]),
  );
  return columns.flatMap(({ span, head, values }) => {
    const largest = largestInPlay(values, play).weight;
    const hasLine = (item: number) => lined.has(`${head < 0 ? "any" : head}/${item}`);
    const cells: Cell[] = [];
    for (let item = from; item < Math.min(to, values.length); item++) {
      const value = values[item] ?? 0;
      cells.push({
        text: weightInColumn(value, exact),
        item,
        span,
        bold: value === largest && value > 0 && (play[item] ?? false),
        faint: !hasLine(item),
      });
    }
    return cells;
  });
}
