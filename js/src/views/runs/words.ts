import type { NoteText } from "../../controls/note.tsx";
import type { RunState, RunsSpec } from "../../state/runs.ts";
import type { Failure } from "../../store/loader.ts";
import { failureNote } from "../shell/status.ts";
import { stepInWords, valueInWords } from "./numbers.ts";
import { type RunsState, readings } from "./state.ts";

/** What the view says in words. */

const MOST_NOTES = 3;

export function notesFor(
  state: RunsState,
  failure: Failure | null,
  shown: RunState | undefined,
): NoteText[] {
  const spec = state.spec.value;
  return [
    ...(failure ? [failureNote(failure, "The curves that are here stay.")] : []),
    ...(shown?.failure
      ? [
          failureNote(
            { kind: "TraceFileError", message: shown.failure },
            "The last good one stays.",
          ),
        ]
      : []),
    ...lostNotes(spec),
    ...(state.shown.value.length === 0 && spec.runs.length > 0
      ? [{ kind: "empty" as const, fact: "No run is on", sentence: "Click a run to draw it." }]
      : []),
    ...noMetric(state),
  ];
}

/** Why there is no chart. */
function noMetric({ spec, charts }: RunsState): NoteText[] {
  if (charts.value.length > 0) return [];
  const [fact, sentence] =
    spec.value.metrics.length > 0
      ? ["No metric is on", "Choose one under Metrics."]
      : ["No number was logged yet", "A chart appears with the first one."];
  return [{ kind: "empty", fact, sentence }];
}

/** What was lost of runs, or is unusual: a torn record, lines that are none. */
function lostNotes({ notes }: RunsSpec): NoteText[] {
  const byRun = new Map<string, string[]>();
  for (const { run, words } of notes)
    byRun.set(run, [...(byRun.get(run) ?? []), words.replace(/\.?$/, ".")]);
  const all = [...byRun].map(
    ([run, words]): NoteText => ({ kind: "missing", fact: run, sentence: words.join(" ") }),
  );
  const rest = all.slice(MOST_NOTES);
  if (rest.length === 0) return all;
  return [
    ...all.slice(0, MOST_NOTES),
    {
      kind: "missing",
      fact: `${rest.length} more runs have such notes`,
      sentence: rest.map(({ fact, sentence }) => `${fact}: ${sentence}`).join(" "),
    },
  ];
}

/** "one map every 50 steps", where they are even and none is left out. */
export function everyInWords(steps: readonly number[], saved = steps.length): string {
  if (steps.length < saved) return `maps of ${steps.length} of ${saved} saved steps`;
  const apart = steps.slice(1).map((step, i) => step - (steps[i] ?? 0));
  const [first] = apart;
  const even = first !== undefined && apart.every((other) => other === first);
  return even ? `one map every ${stepInWords(first)} steps` : "one map a saved step";
}

/** What is spoken when the cursor stops at another step. */
export function spoken(state: RunsState): string {
  const step = state.step.value;
  if (step === null) return "";
  const values = state.charts.value.slice(0, 3).map(({ name }) => {
    const found = readings(state.curves.of(name), state.shown.value, { at: step, by: "step" });
    const said = found
      .slice(0, 3)
      .map(({ run, value }) => `${state.spec.value.runs[run]?.name ?? ""} ${valueInWords(value)}`);
    return `${name}: ${said.join(", ") || "no value"}`;
  });
  return [`step ${stepInWords(step)}`, ...values].join("; ");
}

/** What is said while there is more to read. */
export function readingInWords({ points, more, live }: RunsSpec, alive: boolean): string {
  if (!alive) return "";
  if (more) return `reading: ${stepInWords(points)} points so far`;
  return live ? "live" : "";
}

/** Which step a page without Python has the attention of. */
export function savedNoteOf({ step = null }: RunState, at: number | null): NoteText[] {
  if (step === null || at === null || step === at) return [];
  return [
    {
      kind: "saved",
      fact: "Saved page",
      sentence: `The attention of step ${stepInWords(step)} is stored here, and the maps. Other steps need Python: open the notebook and run the cell.`,
    },
  ];
}
