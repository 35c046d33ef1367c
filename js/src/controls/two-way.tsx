import { type ChoiceProps, Field } from "./fields.tsx";

interface Props<T extends string> extends ChoiceProps<T> {
  /** Why the others cannot be chosen; "" where they can. */
  frozen?: string;
}

/** A few labelled buttons of which one is pressed. */
export function TwoWay<T extends string>({ frozen, ...props }: Props<T>) {
  const { label, value, options, onChange } = props;
  return (
    <fieldset class="hw-two-way" aria-label={label} title={frozen || undefined}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          disabled={Boolean(frozen) && option.value !== value}
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
