/** What a key does; false where there was nothing to do, so that a view around this one may act on it. */
export type KeyAction = () => boolean | undefined;

const OWN_KEYS = "input, select, textarea, summary";

/** Name under which actions are kept: letters count without Shift. */
export function keyName({ key }: KeyboardEvent): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** Calls the action of each key pressed in a view; keys of form controls stay theirs, but for Escape. */
export function listenToKeys(
  root: HTMLElement,
  actionFor: (event: KeyboardEvent) => KeyAction | undefined,
  signal: AbortSignal,
): void {
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = (event.target as Element).matches(OWN_KEYS);
      // JupyterLab's notebook answers any key that reaches it, and takes the focus to its active cell.
      if (typing) event.stopPropagation();
      const act = typing && event.key !== "Escape" ? undefined : actionFor(event);
      if (!act || act() === false) return;
      event.stopPropagation();
      event.preventDefault();
    },
    { signal },
  );
}
