import type { NoteText } from "../../controls/note.tsx";
import type { Host } from "../../host/host.ts";
import type { Failure } from "../../store/loader.ts";

/** What the view has to say about Python, in words: a bold fact, then what still works and what to do. */
export function kernelNote(host: Host, missing: string | null): NoteText | null {
  if (host.kernel === "gone") {
    return {
      kind: "gone",
      fact: "No kernel",
      sentence:
        "Layers and tokens already shown still work. For the rest, start a kernel and run the notebook again up to this cell.",
    };
  }
  if (host.kernel === "waiting") {
    const then = missing ? `; ${missing} appears when the cell ends` : "";
    return {
      kind: "busy",
      fact: "Python is busy",
      sentence: `Waiting for the running cell. What is here can still be explored${then}.`,
    };
  }
  return null;
}

export function failureNote(failure: Failure, still: string | null): NoteText {
  const [fact = failure.message, ...rest] = failure.message.split(": ");
  const sentence = rest.join(": ");
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return {
    kind: "error",
    fact: capital(fact),
    sentence: [sentence && capital(sentence).replace(/\.?$/, "."), still].filter(Boolean).join(" "),
    details: `${failure.kind}: ${failure.message}`,
  };
}

export const NO_HEAD: NoteText = {
  kind: "empty",
  fact: "No head is on",
  sentence: "Click a number, or press A for all.",
};

export function missingNote(count: number): NoteText {
  const plural = count === 1 ? "weight is" : "weights are";
  return {
    kind: "missing",
    fact: `${count} ${plural} missing`,
    sentence: "They are NaN in the data: no line stands for them, and the shares leave them out.",
  };
}

/** Numbers as ranges: 0, 2 to 4. */
export function inRanges(numbers: number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === (numbers[j] ?? 0) + 1) j++;
    parts.push(j > i ? `${numbers[i]} to ${numbers[j]}` : `${numbers[i]}`);
    i = j + 1;
  }
  return parts.join(", ");
}

/** Which layers a saved page has, whole or in part. */
export function savedNote(
  stored: number[],
  part: number[],
  base: number,
  still: string | null,
): NoteText {
  const named = (layers: number[]) =>
    `${layers.length === 1 ? "layer" : "layers"} ${inRanges(layers.map((layer) => layer + base))}`;
  const parts = [
    stored.length > 0 ? named(stored) : "",
    part.length > 0 ? `the first queries of ${named(part)}` : "",
  ].filter(Boolean);
  const subject = parts.join(" and ") || "no layer";
  const verb = stored.length + part.length > 1 || part.length > 0 ? "are" : "is";
  const fact = `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${verb} stored here.`;
  const rest = `${part.length > 0 ? "The rest needs" : "Other layers need"} Python: open the notebook and run the cell.`;
  return {
    kind: "saved",
    fact: "Saved page",
    sentence: [fact, still, rest].filter(Boolean).join(" "),
  };
}
