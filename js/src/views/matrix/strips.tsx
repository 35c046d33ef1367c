import { range } from "../../arrays.ts";
import { walkBy } from "../../controls/chips.tsx";
import { counted, Field } from "../../controls/fields.tsx";

interface StripProps {
  label: string;
  count: number;
  there: ReadonlySet<number>;
  absence: string;
  on: ReadonlySet<number>;
  base: number;
  onChange: (numbers: number[]) => void;
}

const walk = walkBy({ ArrowLeft: -1, ArrowRight: 1 });

/** Numbered chips: a click takes that one alone, with Shift it is added or taken out. */
export function Strip({ label, count, there, absence, on, base, onChange }: StripProps) {
  const pick = (number: number, add: boolean) => {
    if (!add) return onChange([number]);
    const next = range(0, count).filter((other) => on.has(other) !== (other === number));
    if (next.length > 0) onChange(next);
  };
  const stop = Math.min(...(on.size > 0 ? on : there));
  const one = label.toLowerCase().replace(/s$/, "");
  return (
    <Field label={counted(label, base)}>
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
                : `This ${one} ${absence}`
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
