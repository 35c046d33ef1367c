import { type ReadonlySignal, signal } from "@preact/signals";
import { h } from "preact";
import { Note, type NoteText } from "../../controls/note.tsx";
import type { LinkNote } from "../../state/types.ts";
import type { Stage } from "../stage.ts";
import type { Shell } from "./shell.ts";
import { kernelNote } from "./status.ts";

/** What the links of this view could not carry over; a part leaves it to the whole. */
export function linkNotes({ host, scope, part }: Stage): ReadonlySignal<LinkNote[]> {
  const notes = signal(part ? [] : (host.get("_link_notes") ?? []));
  if (!part)
    host.onChange(
      "_link_notes",
      () => {
        notes.value = host.get("_link_notes") ?? [];
      },
      scope,
    );
  return notes;
}

/**
 * Shows the notes under the toolbar: of the kernel, of links, and what the view itself has to say.
 * `own` reads signals; it is told what the view waits for through `missing`, such as "layer 3", or null.
 */
export function showNotes(
  stage: Stage,
  shell: Shell,
  arrivals: ReadonlySignal<number>,
  missing: () => string | null,
  own: () => NoteText[],
): void {
  const links = linkNotes(stage);
  shell.react(() => {
    void arrivals.value;
    const kernel = stage.part ? null : kernelNote(stage.host, missing());
    const linked = links.value.map((note): NoteText => ({ kind: "missing", ...note }));
    const notes = [...(kernel ? [kernel] : []), ...linked, ...own()];
    shell.show(
      shell.notes,
      notes.map((note) => h(Note, { key: note.fact, note })),
    );
  });
}
