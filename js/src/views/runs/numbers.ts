/** Numbers on axes and beside charts. */

const THIN = " ";

/** Of a curve: four digits at most, or a power of ten where that says more. */
export function valueInWords(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0.000";
  if (size < 0.0005 || size >= 1e7) return trueMinus(value.toExponential(2));
  if (size < 100) return trueMinus(value.toFixed(3));
  return trueMinus(size < 10_000 ? value.toFixed(1) : grouped(Math.round(value)));
}

/** A step: digits in groups of three from five digits on. */
export function stepInWords(step: number): string {
  return step >= 10_000 ? grouped(step) : String(step);
}

/** Seconds since a run began. */
export function timeInWords(seconds: number): string {
  const whole = Math.round(seconds);
  if (Math.abs(seconds) < 10) return `${Number(seconds.toFixed(1))} s`;
  if (whole < 120) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const two = (number: number) => String(number).padStart(2, "0");
  if (minutes < 120) return `${minutes}:${two(whole % 60)} min`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)} h`;
}

/** Marks of an axis, all with as many decimals as their distance needs. */
export function ticksInWords(marks: readonly number[]): string[] {
  const distance = marks.length > 1 ? Math.abs((marks[1] ?? 0) - (marks[0] ?? 0)) : 1;
  const largest = Math.max(...marks.map(Math.abs));
  if (largest >= 1e7 || (largest > 0 && largest < 1e-3))
    return marks.map((mark) =>
      mark === 0 ? "0" : trueMinus(mark.toExponential(1).replace(".0e", "e")),
    );
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(distance) + 1e-9)));
  const last = Math.abs(distance * 10 ** decimals - Math.round(distance * 10 ** decimals));
  const digits = decimals + (last > 1e-6 ? 1 : 0);
  return marks.map((mark) =>
    Math.abs(mark) >= 10_000 && digits === 0
      ? grouped(mark)
      : trueMinus(mark.toFixed(mark === 0 ? 0 : digits)),
  );
}

/** Marks of a logarithmic axis: powers of ten; over few of them also twice and five times these. */
export function powersIn([from, to]: readonly [number, number]): number[] {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const every = Math.max(1, Math.ceil((high - low) / 6));
  const factors = to / from <= 100 ? [1, 2, 5] : [1];
  const marks: number[] = [];
  for (let power = low; power <= high; power += every)
    for (const factor of factors) marks.push(factor * 10 ** power);
  const inside = marks.filter((mark) => mark >= from * (1 - 1e-9) && mark <= to * (1 + 1e-9));
  return inside.length > 1 ? inside : [from, to];
}

/** A mark of a logarithmic axis. */
export function powerInWords(mark: number): string {
  const power = Math.round(Math.log10(mark));
  if (power >= -3 && power <= 4) return String(Number(mark.toPrecision(3)));
  return trueMinus(mark.toExponential(0));
}

function grouped(number: number): string {
  return trueMinus(String(number)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

function trueMinus(text: string): string {
  return text.replaceAll("-", "−");
}
