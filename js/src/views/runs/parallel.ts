import type { ParameterValue } from "../../state/runs.ts";

/** Parallel coordinates: an axis for each hyperparameter that differs, and one for each result. Pure. */

export interface Column {
  name: string;
  values: readonly ParameterValue[];
  /** Where less is better the best is on top, too. */
  better?: "min" | "max";
}

export interface Mark {
  y: number;
  text: string;
}

export interface Axis {
  name: string;
  x: number;
  marks: Mark[];
  kind: "linear" | "log" | "names";
  /** By run; null where it has no value. */
  places: (number | null)[];
}

export interface ParallelLayout {
  axes: Axis[];
  top: number;
  bottom: number;
}

interface Room {
  width: number;
  height: number;
  unit: number;
}

/** Values that span more than this are on a logarithmic axis. */
const LOG_FROM = 20;

export function parallelLayout(columns: readonly Column[], room: Room): ParallelLayout {
  const { width, height, unit } = room;
  const [top, bottom] = [30 * unit, height - 12 * unit];
  const side = 56 * unit;
  const apart = columns.length > 1 ? (width - 2 * side) / (columns.length - 1) : 0;
  const axes = columns.map((column, i) => {
    const x = columns.length > 1 ? side + i * apart : width / 2;
    return { name: column.name, x, ...scaled(column, top, bottom) };
  });
  return { axes, top, bottom };
}

function scaled({ values, better }: Column, top: number, bottom: number): Omit<Axis, "name" | "x"> {
  const known = values.filter((value) => value !== null && value !== "");
  const numbers = known.filter(
    (value): value is number => typeof value === "number" && Number.isFinite(value),
  );
  if (numbers.length === 0 || numbers.length < known.length) return named(values, top, bottom);
  const [least, largest] = [Math.min(...numbers), Math.max(...numbers)];
  const log = least > 0 && largest / least > LOG_FROM;
  const share = (value: number) => {
    if (least === largest) return 0.5;
    const part = log
      ? Math.log(value / least) / Math.log(largest / least)
      : (value - least) / (largest - least);
    return better === "min" ? 1 - part : part;
  };
  const place = (value: number) => bottom - share(value) * (bottom - top);
  const distinct = [...new Set(numbers)].sort((a, b) => a - b);
  const shown = distinct.length <= 6 ? distinct : between(least, largest, log, distinct);
  return {
    kind: log ? "log" : "linear",
    marks: shown.map((value) => ({ y: place(value), text: numberInWords(value) })),
    places: values.map((value) =>
      typeof value === "number" && Number.isFinite(value) ? place(value) : null,
    ),
  };
}

function named(values: readonly ParameterValue[], top: number, bottom: number) {
  const names = [...new Set(values.filter((value) => value !== null).map(String))].sort();
  const place = (name: string) => {
    const at = names.indexOf(name);
    return names.length > 1
      ? bottom - (at / (names.length - 1)) * (bottom - top)
      : (top + bottom) / 2;
  };
  return {
    kind: "names" as const,
    marks: names.map((text) => ({ y: place(text), text })),
    places: values.map((value) => (value === null ? null : place(String(value)))),
  };
}

/** Five marks from the least to the largest; whole numbers where all values are. */
function between(
  least: number,
  largest: number,
  log: boolean,
  values: readonly number[],
): number[] {
  const marks = Array.from({ length: 5 }, (_, i) => {
    const part = i / 4;
    return log ? least * (largest / least) ** part : least + part * (largest - least);
  });
  return values.every(Number.isInteger) ? [...new Set(marks.map(Math.round))] : marks;
}

/** A hyperparameter as a person writes it: 1e-3, 0.05, 32. */
export function numberInWords(value: number): string {
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(3));
  if (size !== 0 && (size < 0.005 || size >= 1e6))
    return rounded.toExponential().replaceAll("-", "−").replace("+", "");
  return String(rounded).replaceAll("-", "−");
}

export function parameterInWords(value: ParameterValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? numberInWords(value) : String(value);
}
