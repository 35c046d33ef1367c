import { inkOn } from "../scale.ts";

interface ChipsProps {
  count: number;
  on: ReadonlySet<number>;
  /** Heads that there are weights of. */
  there: ReadonlySet<number>;
  /** Why the others are not there: "was not captured". */
  absence: string;
  base: number;
  /** A head that another view points at. */
  pointed?: number | null | undefined;
  /** Heads that are switched off in the model. */
  off?: ReadonlySet<number>;
  color: (head: number) => string;
  onToggle: (head: number) => void;
  onIsolate: (head: number) => void;
  /** A head to preview alone, null when the pointer leaves. */
  onPreview: (head: number | null) => void;
}

/** One Tab stop for all chips: keys walk from one to the next. */
export function walkBy(steps: Record<string, 1 | -1>): (event: KeyboardEvent) => void {
  return (event) => {
    const step = steps[event.key];
    if (step === undefined) return;
    const beside = (node: Element) =>
      step > 0 ? node.nextElementSibling : node.previousElementSibling;
    let next = beside(event.target as Element);
    while (next?.matches(":disabled")) next = beside(next);
    if (next instanceof HTMLElement) next.focus();
    event.preventDefault();
    event.stopPropagation();
  };
}

const walk = walkBy({ ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 });

/** What is added to the class and the name of a head that is switched off in the model. */
function without(off: ReadonlySet<number> | undefined, head: number): [string, string] {
  return off?.has(head) ? [" hw-without", ", switched off in the model"] : ["", ""];
}

/** One numbered chip a head: a click switches it, a double click shows it alone or brings all back. */
export function Chips({
  count,
  on,
  there,
  absence,
  base,
  pointed,
  off,
  color,
  onToggle,
  onIsolate,
  onPreview,
}: ChipsProps) {
  const stop = Math.min(...(on.size > 0 ? on : there));
  return (
    <fieldset
      class={`hw-chips${count > 64 ? " hw-chips-scroll" : ""}`}
      aria-label="Heads"
      onPointerLeave={() => onPreview(null)}
      onKeyDown={walk}
    >
      {Array.from({ length: count }, (_, head) => {
        const lit = on.has(head);
        const fill = color(head);
        const [struck, words] = without(off, head);
        return (
          <button
            key={String(head)}
            type="button"
            class={`hw-chip${head === pointed ? " hw-pointed" : ""}${struck}`}
            data-head={head}
            tabIndex={head === stop ? 0 : -1}
            aria-pressed={lit}
            aria-label={`Head ${head + base}${words}`}
            disabled={!there.has(head)}
            title={
              there.has(head)
                ? `Head ${head + base}${words}: click to switch ${lit ? "off" : "on"}, double click to show it alone`
                : `Head ${head + base} ${absence}`
            }
            style={
              lit
                ? { background: fill, color: inkOn(fill), borderColor: fill }
                : { "--hw-chip": fill }
            }
            onClick={(event) => {
              onPreview(null);
              // The second click of a double click belongs to `onIsolate`; keyboards count 0.
              if (event.detail < 2) onToggle(head);
            }}
            onDblClick={() => onIsolate(head)}
            onPointerEnter={() => there.has(head) && onPreview(head)}
          >
            {head + base}
          </button>
        );
      })}
    </fieldset>
  );
}
