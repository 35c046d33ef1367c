/** What a key does; false where there was nothing to do, so that a view around this one may act on it. */
export type KeyAction = () => boolean | undefined;

const OWN_KEYS = "input, select, textarea, summary";

/** Keys of a layout without Latin letters count by their place. */
const PLACES: Record<string, string> = {
  BracketLeft: "[",
  BracketRight: "]",
  Comma: ",",
  Period: ".",
};

/** Name under which actions are kept: letters count without Shift. */
export function keyName({ key, code }: KeyboardEvent): string {
  if (key.length > 1) return key;
  const latin = key < "\x7f" ? key : (PLACES[code] ?? /^Key(.)$/.exec(code)?.[1] ?? key);
  return latin.toLowerCase();
}

/** What has the focus, also within a shadow root. */
export function focusedIn(root: Node): HTMLElement | null {
  const { activeElement } = root.getRootNode() as Document | ShadowRoot;
  return activeElement instanceof HTMLElement ? activeElement : null;
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
      // AltGr is Ctrl + Alt in some systems; keyboards have brackets on it.
      const combined = event.ctrlKey || event.metaKey || event.altKey;
      if (combined && !event.getModifierState("AltGraph")) return;
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
