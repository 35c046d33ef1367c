import { release } from "../../state/selection.ts";
import type { Synced } from "../../state/synced.ts";
import { focusedIn, listenToKeys } from "./keys.ts";

/** A view of several parts: it is ready when all that are on screen are. Returns a way to look again once others are. */
export function followParts(
  root: HTMLElement,
  parts: HTMLElement[],
  scope: AbortSignal,
): () => void {
  const tell = () => {
    const shown = parts.filter((part) => part.closest("[hidden]") === null);
    const states = shown.map(({ dataset }) => dataset.state);
    const settled = states.includes("error") ? "error" : "ready";
    root.dataset.state = states.includes("loading") ? "loading" : settled;
    root.dataset.idle = String(shown.every(({ dataset }) => (dataset.idle ?? "true") === "true"));
  };
  const observer = new MutationObserver(tell);
  const attributes = { attributes: true, attributeFilter: ["data-state", "data-idle"] };
  for (const part of parts) observer.observe(part, attributes);
  scope.addEventListener("abort", () => observer.disconnect(), { once: true });
  tell();
  return tell;
}

/** Escape that no part had a use for: releases what is locked, then leaves the view. */
export function leaveOnEscape(root: HTMLElement, synced: Synced, scope: AbortSignal): void {
  const leave = () => {
    const selection = synced.selection.peek();
    if (selection.query !== null || selection.key !== null)
      synced.set({ selection: release(selection) });
    else focusedIn(root)?.blur();
    return true;
  };
  listenToKeys(root, ({ key }) => (key === "Escape" ? leave : undefined), scope);
}
