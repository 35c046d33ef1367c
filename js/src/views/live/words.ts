import type { NoteText } from "../../controls/note.tsx";
import { isolated } from "../../format.ts";
import type { AnswerSpec, BeforeRow, Prediction } from "../../state/live.ts";
import { failureNote } from "../shell/status.ts";
import type { Said } from "./pointed.ts";

/** What a live view says in words. */

/** A probability as it stands in a column. */
export function probability(p: number | null): string {
  if (p === null) return "–";
  return p > 0 && p < 0.0005 ? "<0.001" : p.toFixed(3);
}

/** For the live region. */
export function saidInWords({ label, words, rows, before }: Said): string {
  const what = `${label} ${words}: ${predictionsInWords(rows)}`;
  return [what, ...(before ? [beforeInWords(before)] : [])].join("; ");
}

function predictionsInWords(rows: Prediction[]): string {
  return rows.map(([label, p]) => `${label} ${probability(p)}`).join(", ");
}

/** "before dog 0.712, now 0.304; KL 0.61 nats". */
export function beforeInWords([label, before, now, kl]: BeforeRow): string {
  const moved = kl === null ? "" : `; KL ${kl.toFixed(2)} nats`;
  return `before “${isolated(label)}” ${probability(before)}, now ${probability(now)}${moved}`;
}

export function failedNote({ kind, message }: { kind?: string; message?: string }): NoteText[] {
  if (!message) return [];
  const failure = { kind: kind ?? "Error", message };
  return [failureNote(failure, "The last good picture stays.")];
}

/** Why nothing can be asked. What to do where the kernel is gone is said by the note about the kernel. */
export function recordedNote(gone: boolean): NoteText {
  const what = "This is the last answer of a live model, with its predictions.";
  return {
    kind: "saved",
    fact: "Recorded view",
    sentence: gone ? what : `${what} To ask it more, open the notebook and run the cell.`,
  };
}

/** What `m` and a double click do to a token of this model. */
export function maskingWords({ abilities }: AnswerSpec): { verb: string; undo: string } | null {
  if (!abilities.no_masking) return { verb: "Mask", undo: "Unmask" };
  if (!abilities.no_blocking) return { verb: "Block attention to it", undo: "Unblock" };
  return null;
}
