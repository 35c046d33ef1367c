export type NoteKind = "busy" | "gone" | "error" | "empty" | "saved" | "missing";

export interface NoteText {
  kind: NoteKind;
  fact: string;
  sentence: string;
  /** Exception text, shown in monospace and copyable. */
  details?: string | undefined;
}

/** 16 px line icons, drawn here so that nothing is loaded. */
const ICONS: Record<NoteKind, string> = {
  busy: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 4.5V8l2.5 1.5",
  gone: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M3.5 3.5l9 9",
  error: "M8 2 14.5 13.5h-13ZM8 6v4M8 11.5v.6",
  empty: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 7v4.5M8 4.7v.6",
  saved: "M3.5 1.5h6l3 3v10h-9ZM9.5 1.5v3h3",
  missing: "M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M8 7v4.5M8 4.7v.6",
};

/** Calls between backticks, such as `f(x)`, as code; everything else stays as it is. */
function withCalls(sentence: string) {
  return sentence
    .split(/`([a-z][\w.]*\([^`]*\))`/)
    .map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part));
}

export function Note({ note, onClose }: { note: NoteText; onClose?: (() => void) | undefined }) {
  return (
    <div class={`hw-note hw-note-${note.kind}`} role="status">
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path
          d={ICONS[note.kind]}
          fill="none"
          stroke="currentColor"
          stroke-width="1.3"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      <div>
        <b>{note.fact}</b>
        <p>{withCalls(note.sentence)}</p>
        {note.details && (
          <>
            <button
              type="button"
              class="hw-button"
              onClick={() => void navigator.clipboard?.writeText(note.details ?? "")}
            >
              Copy details
            </button>
            <code>{note.details}</code>
          </>
        )}
      </div>
      {onClose && (
        <button type="button" class="hw-close" aria-label="Close this note" onClick={onClose}>
          ×
        </button>
      )}
    </div>
  );
}
