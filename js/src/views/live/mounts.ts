import { element } from "../../dom.ts";
import { focusedIn } from "../shell/keys.ts";

/** A picture in its place, until it is taken down. */
export interface Mount {
  el: HTMLElement;
  scope: AbortController;
}

type Path = number[];

function pathTo(node: Element, root: Element): Path | null {
  const path: Path = [];
  for (let at = node; at !== root; ) {
    const parent = at.parentElement;
    if (!parent) return null;
    path.unshift([...parent.children].indexOf(at));
    at = parent;
  }
  return path;
}

function at(root: Element, path: Path): HTMLElement | null {
  let node: Element | undefined = root;
  for (const index of path) node = node?.children[index];
  return node instanceof HTMLElement ? node : null;
}

/** Where a person was in a picture: what they had scrolled and what had the focus. */
function standing(root: HTMLElement): (next: HTMLElement) => void {
  const scrolled = [...root.querySelectorAll("div, aside, section, fieldset")]
    .filter(({ scrollTop, scrollLeft }) => scrollTop > 0 || scrollLeft > 0)
    .map((node) => ({
      path: pathTo(node, root),
      top: node.scrollTop,
      left: node.scrollLeft,
    }));
  const active = focusedIn(root);
  const focus = active && root.contains(active) ? pathTo(active, root) : null;
  return (next) => {
    for (const { path, top, left } of scrolled) {
      const node = path && at(next, path);
      if (node) Object.assign(node, { scrollTop: top, scrollLeft: left });
    }
    const node = focus && at(next, focus);
    if (node && node.tagName === active?.tagName) node.focus({ preventScroll: true });
  };
}

/** Pictures in one place, one after the other: the old one stays in sight until the next one is drawn. */
export function mountsIn(parent: HTMLElement, scope: AbortSignal, onShown: () => void) {
  let shown: Mount | null = null;
  let next: Mount | null = null;
  const remove = (mount: Mount | null) => {
    mount?.scope.abort();
    mount?.el.remove();
  };
  const show = (mount: Mount) => {
    const stand = shown && standing(shown.el);
    remove(shown);
    shown = mount;
    next = null;
    mount.el.classList.remove("hw-live-next");
    stand?.(mount.el);
    onShown();
  };
  scope.addEventListener("abort", () => [shown, next].forEach(remove), { once: true });
  return {
    get shown() {
      return shown;
    },
    /** Takes everything down. */
    close(): void {
      for (const mount of [shown, next]) remove(mount);
      shown = next = null;
    },
    /** Draws into a new place, which comes into sight when all in it is drawn. */
    open(draw: (mount: Mount) => void): void {
      if (scope.aborted) return;
      remove(next);
      const mount = { el: element("div", "hw-live-run", parent), scope: new AbortController() };
      mount.el.classList.toggle("hw-live-next", shown !== null);
      next = mount;
      draw(mount);
      const roots = [...mount.el.querySelectorAll<HTMLElement>(".hw-part")].filter(
        (root) => !root.parentElement?.closest(".hw-part"),
      );
      const look = () => {
        if (next !== mount || roots.some(({ dataset }) => dataset.state === "loading")) return;
        observer.disconnect();
        show(mount);
      };
      const observer = new MutationObserver(look);
      for (const root of roots)
        observer.observe(root, { attributes: true, attributeFilter: ["data-state"] });
      mount.scope.signal.addEventListener("abort", () => observer.disconnect(), { once: true });
      if (shown === null) show(mount);
      else look();
    },
  };
}

export type Mounts = ReturnType<typeof mountsIn>;
