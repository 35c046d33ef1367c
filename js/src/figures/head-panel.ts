import { weightInColumn } from "../format.ts";
import type { ThemeName } from "../theme.ts";
import type { PanelHead, PanelProps } from "../views/head/panel.tsx";
import { FAMILY, inkOf, SIZE, SMALL } from "./figure.ts";
import { cut, drawChip, wide } from "./flow.ts";
import type { SvgPen } from "./svg.ts";

/** Beside the lists of a wide figure while a token is locked: what each head on does with it. */

const ROW = 22;
const INDEX = 26;
const WEIGHT = 52;

interface Box {
  width: number;
  theme: ThemeName;
}

/** Draws from (0, 0) and returns the height. */
export function drawPanel(pen: SvgPen, panel: PanelProps, box: Box): number {
  const ink = inkOf(box.theme);
  const token = `${panel.side} ${panel.token + panel.base}`;
  const bold = `bold ${SIZE}px ${FAMILY}`;
  const label = cut(pen, panel.label, box.width - 80, bold);
  write(pen, label, 0, ROW / 2, bold, ink.ink1);
  write(pen, token, wide(pen, label, bold) + 6, ROW / 2, `${SIZE}px ${FAMILY}`, ink.ink2);
  let y = ROW + 4;
  for (const head of panel.heads) {
    pen.save();
    pen.translate(0, y);
    y += drawHead(pen, panel, head, box) + 8;
    pen.restore();
  }
  return y;
}

function drawHead(pen: SvgPen, panel: PanelProps, entry: PanelHead, { width, theme }: Box): number {
  const ink = inkOf(theme);
  const { base, layer, exact } = panel;
  const font = `${SIZE}px ${FAMILY}`;
  const [start, end] = [INDEX, width - WEIGHT];
  const bar = { from: start + (end - start) / 2, to: end };
  const name = entry.head >= 0 ? `head ${entry.head + base}` : panel.name;
  const entropy =
    entry.entropy === null ? "" : ` · entropy ${exact ? "" : "≈"}${entry.entropy.toFixed(2)} nats`;
  if (entry.head >= 0) drawChip(pen, String(entry.head + base), entry.color, 0, ROW / 2, 22);
  const from = entry.head >= 0 ? 28 : 0;
  const place = `layer ${layer + base}, ${name}${entropy}`;
  write(pen, place, from, ROW / 2, `${SMALL}px ${FAMILY}`, ink.ink2);
  let y = 1.5 * ROW;
  for (const row of entry.strongest) {
    const index = row.token === null ? "" : String(row.token + base);
    write(pen, index, 0, y, `${SMALL}px ${FAMILY}`, ink.ink2);
    write(pen, cut(pen, row.label, bar.from - start - 6, font), start, y, font, ink.ink1);
    pen.fillStyle = ink.panel;
    pen.fillRect(bar.from, y - 3, bar.to - bar.from, 6);
    pen.fillStyle = entry.color;
    pen.fillRect(bar.from, y - 3, row.filled * (bar.to - bar.from), 6);
    write(pen, weightInColumn(row.weight, exact), width, y, font, ink.ink1, "right");
    y += ROW;
  }
  const { count, weight } = entry.others;
  const rest: [string, number][] = [
    ...(entry.hidden > 0 ? [["hidden by the filters", entry.hidden] as [string, number]] : []),
    ...(count > 0
      ? [[`${count} ${count === 1 ? "other" : "others"}`, weight] as [string, number]]
      : []),
  ];
  for (const [words, sum] of rest) {
    write(pen, words, start, y, font, ink.ink3);
    write(pen, weightInColumn(sum, exact), width, y, font, ink.ink3, "right");
    y += ROW;
  }
  return y - ROW / 2;
}

function write(
  pen: SvgPen,
  text: string,
  x: number,
  y: number,
  font: string,
  color: string,
  align: CanvasTextAlign = "left",
): void {
  Object.assign(pen, { font, fillStyle: color, textAlign: align, textBaseline: "middle" });
  pen.fillText(text, x, y + 0.5);
}
