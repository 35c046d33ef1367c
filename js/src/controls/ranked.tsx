import type { ComponentChildren } from "preact";

interface RankedProps<T> {
  label: string;
  items: T[];
  keyOf: (item: T) => string;
  isOn: (item: T) => boolean;
  onPick: (item: T, add: boolean) => void;
  /** The pointer, or the keyboard, is on an item, or on none. */
  onPoint: (item: T | null) => void;
  render: (item: T) => ComponentChildren;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** Buttons in an order, with one Tab stop: arrows move between them. */
export function Ranked<T>({ label, items, keyOf, isOn, onPick, onPoint, render }: RankedProps<T>) {
  const stop = Math.max(0, items.findIndex(isOn));
  return (
    <fieldset
      class="hw-ranked"
      aria-label={label}
      onPointerLeave={() => onPoint(null)}
      onKeyDown={(event) => {
        const all = [...event.currentTarget.children] as HTMLElement[];
        const here = all.indexOf(event.target as HTMLElement);
        const to = { Home: 0, End: all.length - 1 }[event.key] ?? here + (STEPS[event.key] ?? 0);
        if (here < 0 || to === here || !all[to]) return;
        all[to].focus();
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {items.map((item, i) => (
        <button
          key={keyOf(item)}
          type="button"
          class="hw-rank"
          tabIndex={i === stop ? 0 : -1}
          aria-pressed={isOn(item)}
          onClick={({ shiftKey, ctrlKey, metaKey }) => onPick(item, shiftKey || ctrlKey || metaKey)}
          onPointerEnter={() => onPoint(item)}
          onFocus={() => onPoint(item)}
          onBlur={() => onPoint(null)}
        >
          {render(item)}
        </button>
      ))}
    </fieldset>
  );
}
