import type { ComponentChildren } from "preact";

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

interface ChoiceProps<T extends string> {
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

interface StepperProps {
  label: string;
  value: number;
  count: number;
  base: number;
  onChange: (value: number) => void;
}

/** ‹ 3 / 5 ›: two buttons around a list of all values. */
export function Stepper({ label, value, count, base, onChange }: StepperProps) {
  const lower = label.toLowerCase();
  return (
    <span class="hw-stepper">
      <button
        type="button"
        aria-label={`Previous ${lower}`}
        disabled={value <= 0}
        title={value <= 0 ? `This is the first ${lower}` : undefined}
        onClick={() => onChange(value - 1)}
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
          {Array.from({ length: count }, (_, i) => (
            <option key={String(i)} value={i}>
              {i + base}
            </option>
          ))}
        </select>
      </span>
      <button
        type="button"
        aria-label={`Next ${lower}`}
        disabled={value >= count - 1}
        title={value >= count - 1 ? `This is the last ${lower}` : undefined}
        onClick={() => onChange(value + 1)}
      >
        ›
      </button>
    </span>
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
