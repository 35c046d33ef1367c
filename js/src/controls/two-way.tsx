import { type ChoiceProps, Field } from "./fields.tsx";

/** Two labelled buttons of which one is pressed. */
export function TwoWay<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
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

/** The same, with its name before it. */
export function TwoWayField<T extends string>(props: ChoiceProps<T>) {
  return (
    <Field label={props.label}>
      <TwoWay {...props} />
    </Field>
  );
}
