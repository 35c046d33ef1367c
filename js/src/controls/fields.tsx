import type { ComponentChildren } from "preact";
import { neighbour } from "../arrays.ts";

/** Small labelled controls shared by the views. All are native elements, so that keyboard and screen readers work. */

export interface Option<T extends string | number> {
  value: T;
  label: string;
}

export function Field({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <span class="hw-field">
      <span class="hw-label" aria-hidden="true">
        {label}
      </span>
      {children}
    </span>
  );
}

export interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: Option<T>[];
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <select
      class="hw-select"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

/** A list of choices with its name before it. */
export function ChoiceField<T extends string>(props: ChoiceProps<T>) {
  return (
    <Field label={props.label}>
      <Choice {...props} />
    </Field>
  );
}

/** The name of layers or heads, which says where they are not counted from 0. */
export function counted(label: string, base: number): string {
  return base === 1 ? `${label} (from 1)` : label;
}

interface StepperProps {
  label: string;
  value: number;
  count: number;
  /** The values that can be chosen, in order. */
  there: number[];
  base: number;
  onChange: (value: number) => void;
}

/** ‹ 3 / 5 ›, with its name before it: two buttons around a list of all values. */
export function Stepper({ label, value, count, there, base, onChange }: StepperProps) {
  const lower = label.toLowerCase();
  const [before, after] = [neighbour(there, value, -1), neighbour(there, value, 1)];
  return (
    <Field label={counted(label, base)}>
      <span class="hw-stepper">
        <button
          type="button"
          aria-label={`Previous ${lower}`}
          disabled={before === value}
          title={before === value ? `This is the first ${lower}` : undefined}
          onClick={() => onChange(before)}
        >
          ‹
        </button>
        <span class={`hw-stepper-value hw-${lower}-value`}>
          <span aria-hidden="true">
            {value + base} <span class="hw-quiet">/ {count - 1 + base}</span>
          </span>
          <select
            aria-label={label}
            value={value}
            onChange={(event) => onChange(Number(event.currentTarget.value))}
          >
            {there.map((i) => (
              <option key={String(i)} value={i}>
                {i + base}
              </option>
            ))}
          </select>
        </span>
        <button
          type="button"
          aria-label={`Next ${lower}`}
          disabled={after === value}
          title={after === value ? `This is the last ${lower}` : undefined}
          onClick={() => onChange(after)}
        >
          ›
        </button>
      </span>
    </Field>
  );
}

export function Slider({
  label,
  value,
  onInput,
}: {
  label: string;
  value: number;
  onInput: (value: number) => void;
}) {
  const shown = Math.round(value * 100);
  return (
    <span class="hw-slider">
      <input
        type="range"
        min="1"
        max="100"
        step="1"
        aria-label={`${label}, per cent of each row`}
        value={shown}
        style={{ "--hw-fill": `${shown}%` }}
        onInput={(event) => onInput(Number(event.currentTarget.value) / 100)}
      />
      <span class="hw-slider-value">{shown} %</span>
    </span>
  );
}

export function Check({
  label,
  value,
  onChange,
  title,
}: {
  label: string;
  value: boolean;
  onChange: (value: boolean) => void;
  title?: string;
}) {
  return (
    <label class="hw-check" title={title}>
      <input
        type="checkbox"
        checked={value}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

/** ⋯: controls that are rarely needed, or that have no room. */
export function Menu({ children }: { children: ComponentChildren }) {
  return (
    <details
      class="hw-menu"
      onFocusOut={(event) => {
        const details = event.currentTarget;
        if (!details.contains(event.relatedTarget as Node | null)) details.open = false;
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !event.currentTarget.open) return;
        event.currentTarget.open = false;
        event.stopPropagation();
      }}
    >
      <summary class="hw-button" aria-label="More settings" title="More settings">
        ⋯
      </summary>
      <div class="hw-menu-items">{children}</div>
    </details>
  );
}
