import { isolated, percent, weightInSentence } from "../format.ts";
import type { Sentences } from "../state/types.ts";
import { ranked } from "../views/head/a11y.ts";
import { colorOf, drawSample } from "../views/head/draw.ts";
import { type LegendText, SAMPLES, sampleLabel } from "../views/head/legend.ts";
import { drawnStrips } from "../views/head/lines.ts";
import { lookNow, styleFor } from "../views/head/paint.ts";
import type { Pictures } from "../views/head/pictures.ts";
import { type HeadState, labelOf, tokenOf } from "../views/head/state.ts";
import { missingNote } from "../views/shell/status.ts";
import { FAMILY, inkOf, SIZE } from "./figure.ts";
import { chipPiece, cut, type Piece, textPieces, together, wide } from "./flow.ts";
import type { SvgPen } from "./svg.ts";

/** The lines over and under the picture of a head view: what it is of, what its marks mean, what is left out. */

const GAP = 16;
/** With more heads on, the sentence names the strongest token of each alone. */
const FEW_HEADS = 3;

const FILTERS: Record<Sentences, string> = {
  all: "",
  aa: "sentences: A → A",
  ab: "sentences: A → B",
  ba: "sentences: B → A",
  bb: "sentences: B → B",
};

/** What the reader must know to judge the picture: everything that is not as it is at first. */
function filters(state: HeadState): string[] {
  const { strongest, sentences, hide_special, merge_words, aggregate } = state.synced;
  const share = strongest.value < 1 ? `strongest ${percent(strongest.value)}` : "all weights";
  return [
    aggregate.value === "each" ? "" : `drawn: ${aggregate.value} over heads`,
    share,
    FILTERS[sentences.value],
    hide_special.value ? "special tokens hidden" : "",
    merge_words.value ? "words merged" : "",
  ].filter(Boolean);
}

function place(state: HeadState): string {
  const base = state.synced.index_base.value;
  const block = state.trace.blocks.length > 1 ? `${state.block.value.name}, ` : "";
  return `${block}layer ${state.layer.value + base}`;
}

/** Model, place, heads and filters. */
export function captionPieces(pen: SvgPen, state: HeadState, width: number): Piece[] {
  const ink = inkOf(state.local.theme.value);
  const base = state.synced.index_base.value;
  const quiet = { color: ink.ink2, width, gap: GAP };
  const on = state.headsOn.value;
  const look = lookNow(state);
  const name = on.length === 1 ? "head" : on.length === 0 ? "no head is on" : "heads";
  const chips = on.map((head, i) =>
    chipPiece(pen, String(head + base), colorOf(head, look), i === 0 ? 6 : 2),
  );
  const from = base === 1 ? " (from 1)" : "";
  return [
    ...textPieces(pen, state.trace.model, { color: ink.ink1, width, bold: true }),
    ...textPieces(pen, `${place(state)}${from}`, { ...quiet, color: ink.ink1 }),
    ...textPieces(pen, name, { ...quiet, color: ink.ink1 }),
    ...chips,
    ...filters(state).flatMap((said) => textPieces(pen, said, quiet)),
  ];
}

/** Samples of lines, then in words what colour and bars mean and what is hidden. */
export function legendPieces(
  pen: SvgPen,
  state: HeadState,
  text: LegendText,
  picture: { power: number; held: boolean; missing: number; lines: boolean },
  width: number,
): Piece[] {
  const color = inkOf(state.local.theme.value).ink2;
  const style = styleFor(state, picture.power, picture.held);
  const unit = state.local.font.value.size / SIZE;
  const samples = SAMPLES.map((weight): Piece => {
    const label = sampleLabel(weight, style);
    return {
      width: 24 + wide(pen, label, `${SIZE}px ${FAMILY}`),
      gap: 10,
      draw(on) {
        on.save();
        on.translate(0, -4);
        drawSample(on, weight, 20, 8, style, style.heads[0] ?? -1, unit);
        on.restore();
        const how = { font: `${SIZE}px ${FAMILY}`, fillStyle: color };
        Object.assign(on, { ...how, textAlign: "left", textBaseline: "middle" });
        on.fillText(label, 24, 0.5);
      },
    };
  });
  const missing = picture.missing > 0 ? missingNote(picture.missing).fact : "";
  const said = [text.colour, text.bars, text.mass, missing].filter(Boolean);
  return [
    ...(picture.lines ? [...textPieces(pen, "weight", { color, width }), ...samples] : []),
    ...said.flatMap((words) => textPieces(pen, words, { color, width, gap: 20 })),
  ];
}

/** Keeps a number on the line of its token. */
const FIXED_SPACE = "\u00a0";

interface Said {
  token: string;
  start: string;
  /** Head, or −1 where heads are one; and its strongest tokens. */
  heads: { head: number; list: string }[];
}

/** "it (query 9) attends to", then for each head "cat 0.746, it 0.144". */
function heldWords(state: HeadState, pictures: Pictures): Said | null {
  const held = state.held.value;
  const picture = pictures.held.value;
  if (!held || !picture) return null;
  const other = held.side === "query" ? "key" : "query";
  const strips = drawnStrips(picture.strip, state.choice.value);
  const most = strips.length > FEW_HEADS ? 1 : strips.length > 1 ? 3 : 5;
  const { labels } = state.axes.value[other];
  const token = tokenOf(state, held) + state.synced.index_base.value;
  const verb = held.side === "query" ? "attends to" : "is attended to by";
  const heads = strips.map(({ head, values }) => {
    const found = ranked(values, labels, state.play.value[other], picture.strip.exact, most);
    const strongest = found.filter(({ weight }) => weight > 0);
    const list = strongest.map(({ label, weight, exact }) => {
      return `${isolated(label)}${FIXED_SPACE}${weightInSentence(weight, exact)}`;
    });
    return { head, list: list.join(", ") };
  });
  return { token: labelOf(state, held), start: `(${held.side} ${token}) ${verb}`, heads };
}

/** What the held token attends to, with a chip for each head. */
export function heldPieces(
  pen: SvgPen,
  state: HeadState,
  pictures: Pictures,
  width: number,
): Piece[] {
  const said = heldWords(state, pictures);
  if (!said) return [];
  const color = inkOf(state.local.theme.value).ink1;
  const base = state.synced.index_base.value;
  const look = lookNow(state);
  const bold = `bold ${SIZE}px ${FAMILY}`;
  return [
    ...textPieces(pen, cut(pen, said.token, width, bold), { color, width, bold: true }),
    ...textPieces(pen, said.start, { color, width, gap: 4 }),
    ...said.heads.flatMap(({ head, list }) => {
      const text = (room: number) => textPieces(pen, list, { color, width: room, gap: 6 });
      if (head < 0) return text(width);
      const chip = chipPiece(pen, String(head + base), colorOf(head, look), 10);
      return together([chip, ...text(width - chip.width - 6)]);
    }),
  ];
}

/** All of it in one sentence, for who does not see the picture. */
export function inWords(state: HeadState, pictures: Pictures): string {
  const base = state.synced.index_base.value;
  const on = state.headsOn.value.map((head) => head + base).join(", ");
  const said = heldWords(state, pictures);
  const heads = said?.heads.map(({ head, list }) =>
    head < 0 ? list : `head ${head + base}: ${list}`,
  );
  return [
    [`Attention of ${state.trace.model || "a model"}`, place(state), `heads ${on || "none"}`].join(
      ", ",
    ),
    filters(state).join(", "),
    said ? `${said.token} ${said.start} ${heads?.join("; ")}` : "",
  ]
    .filter(Boolean)
    .join(". ");
}
