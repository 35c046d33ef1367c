import type { Signal } from "@preact/signals";
import { element, newId } from "../../dom.ts";

/** One part at a time, chosen by its name. */
export function tabList(
  root: HTMLElement,
  panes: { name: string; pane: HTMLElement }[],
  chosen: Signal<number>,
  scope: AbortSignal,
): () => void {
  root.setAttribute("role", "tablist");
  root.setAttribute("aria-label", "Parts");
  const id = newId();
  const tabs = panes.map(({ name, pane }, i) => {
    const tab = element("button", "hw-tab", root);
    tab.type = "button";
    tab.textContent = name;
    tab.id = `${id}-tab-${i}`;
    pane.id = `${id}-pane-${i}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", pane.id);
    pane.setAttribute("aria-labelledby", tab.id);
    tab.addEventListener(
      "click",
      () => {
        chosen.value = i;
      },
      { signal: scope },
    );
    return tab;
  });
  root.addEventListener(
    "keydown",
    (event) => {
      const last = tabs.length - 1;
      const at = chosen.peek();
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      chosen.value = (to + tabs.length) % tabs.length;
      tabs[chosen.peek()]?.focus();
      event.preventDefault();
      event.stopPropagation();
    },
    { signal: scope },
  );
  return () =>
    tabs.forEach((tab, i) => {
      const on = chosen.value === i;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    });
}
