import { element } from "../../dom.ts";
import { roomFor, spread } from "./layout.ts";
import { stepInWords, valueInWords } from "./numbers.ts";
import type { Plot } from "./plot.ts";
import { type Reading, type RunsState, styleIn } from "./state.ts";

/** The values at the cursor, each with the line of its run, at the height of the curve but never touching. */

const PITCH = 16;
/** Where they stand below a narrow chart. */
const MOST_BELOW = 6;

export function showValues(
  state: RunsState,
  list: HTMLElement,
  plot: Plot,
  found: readonly Reading[],
): void {
  const frame = plot.frame;
  const pitch = Math.round(PITCH * state.shell.unit.peek());
  const below = state.layout.peek().values === 0;
  const bottom = frame.top + frame.height;
  const kept = mostWanted(state, found, below ? MOST_BELOW : roomFor(frame.height, pitch));
  const left = found.length - kept.length;
  const wanted = kept.map(({ value }) => {
    const y = plot.toY(value);
    return Number.isFinite(y) ? y : bottom;
  });
  const places = spread(wanted, pitch, frame.top, bottom - (left > 0 ? pitch : 0));
  const place = (item: HTMLElement, y: number) => {
    if (!below) item.style.top = `${y - pitch / 2}px`;
  };
  const nodes = kept.map((reading, i) => {
    const item = itemOf(state, reading);
    place(item, places[i] ?? 0);
    return item;
  });
  if (left > 0) {
    const rest = element("li", "hw-chart-value hw-quiet");
    rest.textContent = `and ${left} more`;
    place(rest, bottom);
    nodes.push(rest);
  }
  list.replaceChildren(...nodes);
}

/** As many as there is room for: the run that is pointed at, the one whose attention is shown, then in order. */
function mostWanted(state: RunsState, found: readonly Reading[], room: number): Reading[] {
  if (found.length <= room) return [...found];
  const first = [state.pointed.peek(), state.current.peek()];
  const named = found.filter(({ run }) => first.includes(run));
  const others = found.filter(({ run }) => !first.includes(run));
  return [...named, ...others].slice(0, room - 1).sort((a, b) => a.run - b.run);
}

function itemOf(state: RunsState, { run, value, step }: Reading): HTMLElement {
  const pointed = state.pointed.peek() === run;
  const name = state.spec.peek().runs[run]?.name ?? "";
  const item = element("li", "hw-chart-value");
  item.classList.toggle("hw-strong", pointed);
  item.dataset.run = String(run);
  item.append(sampleOf(run, state, pointed));
  const number = element("span", "", item);
  number.textContent = valueInWords(value);
  item.title = `${name}: ${number.textContent} at step ${stepInWords(step)}`;
  element("span", "hw-said", item).textContent = ` ${name}`;
  return item;
}

const SVG = "http://www.w3.org/2000/svg";

/** The line of a run, as it is drawn. */
function sampleOf(run: number, state: RunsState, pointed: boolean): SVGElement {
  const { color, dash } = styleIn(state, run, pointed);
  const svg = document.createElementNS(SVG, "svg");
  const set = (node: SVGElement, values: Record<string, string>) => {
    for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
  };
  set(svg, { class: "hw-run-sample", width: "18", height: "8", "aria-hidden": "true" });
  const line = document.createElementNS(SVG, "line");
  set(line, { x1: "0", x2: "18", y1: "4", y2: "4", "stroke-width": "2", stroke: color });
  if (dash.length > 0) line.setAttribute("stroke-dasharray", dash.join(" "));
  svg.append(line);
  return svg;
}
