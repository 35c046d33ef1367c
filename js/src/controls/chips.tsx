import { inkOn } from "../scale.ts";

interface ChipsProps {
  count: number;
  on: ReadonlySet<number>;
  base: number;
  color: (head: number) => string;
  onToggle: (head: number) => void;
  onIsolate: (head: number) => void;
  /** A head to preview alone, null when the pointer leaves. */
  onPreview: (head: number | null) => void;
}

/** One numbered chip a head: a click switches it, a double click shows it alone or brings all back. */
export function Chips({ count, on, base, color, onToggle, onIsolate, onPreview }: ChipsProps) {
  return (
    <fieldset
      class={`hw-chips${count > 64 ? " hw-chips-scroll" : ""}`}
      data-few={count <= 12 ? "" : undefined}
      aria-label="Heads"
      onPointerLeave={() => onPreview(null)}
    >
      {Array.from({ length: count }, (_, head) => {
        const lit = on.has(head);
        const fill = color(head);
        return (
          <button
            key={String(head)}
            type="button"
            class="hw-chip"
            data-head={head}
            aria-pressed={lit}
            aria-label={`Head ${head + base}`}
            title={`Head ${head + base}: click to switch ${lit ? "off" : "on"}, double click to show it alone`}
            style={
              lit
                ? { background: fill, color: inkOn(fill), borderColor: fill }
                : { "--hw-chip": fill }
            }
            onClick={() => {
              onPreview(null);
              onToggle(head);
            }}
            onDblClick={() => onIsolate(head)}
            onPointerEnter={() => onPreview(head)}
          >
            {head + base}
          </button>
        );
      })}
    </fieldset>
  );
}
