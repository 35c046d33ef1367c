import type { Option } from "./fields.tsx";

interface TwoWayProps<T extends string> {
  label: string;
  value: T;
  options: Option<T>[];
  onChange: (value: T) => void;
}

/** Two labelled buttons of which one is pressed. */
export function TwoWay<T extends string>({ label, value, options, onChange }: TwoWayProps<T>) {
  return (
    <fieldset class="hw-two-way" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
