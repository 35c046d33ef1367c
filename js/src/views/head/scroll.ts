import { batch, effect } from "@preact/signals";
import type { SideName } from "./hit.ts";
import { sideAt } from "./hit.ts";
import { type HeadLayout, scrollLimit } from "./layout.ts";
import type { HeadState } from "./state.ts";

/** Moves the two lists: together, or apart while a token is locked. The box scrolls the key list; the query list has a lead. */
export interface Scroller {
  /** Puts a list there; the other one goes along unless they stand apart. */
  to(side: SideName, top: number): void;
  /** Scrolls by so many px. */
  by(side: SideName, distance: number): void;
  /** Puts an item into the middle. */
  centre(side: SideName, item: number): void;
  /** Brings an item into sight. */
  reveal(side: SideName, item: number): void;
  /** Brings the lists together where `side` stands. */
  gather(side: SideName): void;
}

export function scrollerOf(state: HeadState, box: HTMLElement, scope: AbortSignal): Scroller {
  const { local } = state;
  const read = () => {
    local.scrollTop.value = box.scrollTop;
  };
  const put = (top: number) => {
    box.scrollTop = top;
    read();
  };
  const moveAlone = (layout: HeadLayout, side: SideName, top: number) => {
    const tops = state.tops.peek();
    const limit = scrollLimit(layout, state.axes.peek()[side].labels.length);
    const goal = Math.min(limit, Math.max(0, top));
    batch(() => {
      if (side === "key") put(goal);
      const query = side === "query" ? goal : tops.query;
      local.lead.value = query - local.scrollTop.peek();
    });
  };
  const to = (side: SideName, top: number) => {
    const layout = state.layout.peek();
    if (!layout?.scrolls) return;
    if (local.lead.peek() === 0) put(top);
    else moveAlone(layout, side, top);
  };
  const gather = (side: SideName) => {
    if (local.lead.peek() === 0) return;
    const top = state.tops.peek()[side];
    batch(() => {
      local.lead.value = 0;
      put(top);
    });
  };

  box.addEventListener("scroll", read, { signal: scope });
  keepTogetherUnlessLocked(state, gather, scope);
  listenToWheel(state, box, moveAlone, scope);
  return {
    to,
    gather,
    by: (side, distance) => to(side, state.tops.peek()[side] + distance),
    centre(side, item) {
      const layout = state.layout.peek();
      // Whole rows, none cut.
      const above = layout && Math.round((layout.viewport / layout.row - 1) / 2);
      if (layout) to(side, (item - (above ?? 0)) * layout.row);
    },
    reveal(side, item) {
      const layout = state.layout.peek();
      if (!layout) return;
      const [top, seen] = [item * layout.row, state.tops.peek()[side]];
      if (top < seen) to(side, top);
      else if (top + layout.row > seen + layout.viewport)
        to(side, top + layout.row - layout.viewport);
    },
  };
}

/** Without a lock the lists stand together, where the token was that is let go. */
function keepTogetherUnlessLocked(
  state: HeadState,
  gather: (side: SideName) => void,
  scope: AbortSignal,
): void {
  let last: SideName = "query";
  const stop = effect(() => {
    const held = state.held.value;
    if (held?.locked) last = held.side;
    else gather(last);
  });
  scope.addEventListener("abort", stop, { once: true });
}

/** Shift + wheel while a token is locked. Heard only then: the browser waits for whoever may stop a wheel. */
function listenToWheel(
  state: HeadState,
  box: HTMLElement,
  moveAlone: (layout: HeadLayout, side: SideName, top: number) => void,
  scope: AbortSignal,
): void {
  const turn = (event: WheelEvent) => {
    const layout = state.layout.peek();
    if (!event.shiftKey || event.ctrlKey || !layout) return;
    event.preventDefault();
    const side = sideAt(layout, event.clientX - box.getBoundingClientRect().left);
    moveAlone(layout, side, state.tops.peek()[side] + wheelDistance(event, layout));
  };
  const stop = effect(() => {
    if (!state.held.value?.locked || !state.layout.value?.scrolls) return;
    box.addEventListener("wheel", turn, { passive: false });
    return () => box.removeEventListener("wheel", turn);
  });
  scope.addEventListener("abort", stop, { once: true });
}

/** In px, whether the wheel counts px, lines or pages. With Shift, browsers may turn it sideways. */
export function wheelDistance(
  { deltaX, deltaY, deltaMode }: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode">,
  { row, viewport }: Pick<HeadLayout, "row" | "viewport">,
): number {
  const units = [1, row, viewport];
  return (deltaY || deltaX) * (units[deltaMode] ?? 1);
}
