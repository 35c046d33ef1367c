import { range } from "../../arrays.ts";
import { Field } from "../../controls/fields.tsx";

interface StripProps {
  label: string;
  count: number;
  there: ReadonlySet<number>;
  on: ReadonlySet<number>;
  base: number;
  onChange: (numbers: number[]) => void;
}

/** One Tab stop: the arrow keys walk from chip to chip. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const chip = event.target as HTMLElement;
  if (step === undefined) return;
  const next = step > 0 ? chip.nextElementSibling : chip.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
  event.preventDefault();
  event.stopPropagation();
}

/** Numbered chips: a click takes that one alone, with Shift it is added or taken out. */
export function Strip({ label, count, there, on, base, onChange }: StripProps) {
  const pick = (number: number, add: boolean) => {
    if (!add) return onChange([number]);
    const next = range(0, count).filter((other) => on.has(other) !== (other === number));
    if (next.length > 0) onChange(next);
  };
  const stop = Math.min(...(on.size > 0 ? on : there));
  const one = label.toLowerCase().replace(/s$/, "");
  return (
    <Field label={base === 1 ? `${label} (from 1)` : label}>
      <fieldset
        class={`hw-chips hw-strip${count > 64 ? " hw-chips-scroll" : ""}`}
        aria-label={label}
        onKeyDown={walk}
      >
        {range(0, count).map((number) => (
          <button
            key={String(number)}
            type="button"
            class="hw-chip"
            data-number={number}
            tabIndex={number === stop ? 0 : -1}
            aria-pressed={on.has(number)}
            aria-label={`${one} ${number + base}`}
            disabled={!there.has(number)}
            title={
              there.has(number)
                ? `Click: this ${one} alone. Shift + click: ${on.has(number) ? "without it" : "with it"}`
                : `This ${one} was not captured`
            }
            onClick={(event) => pick(number, event.shiftKey || event.ctrlKey || event.metaKey)}
          >
            {number + base}
          </button>
        ))}
        <button
          type="button"
          class="hw-button"
          tabIndex={-1}
          aria-label={`All ${label.toLowerCase()}`}
          onClick={() => onChange([...there])}
        >
          all
        </button>
      </fieldset>
    </Field>
  );
}
