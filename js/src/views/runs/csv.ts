import type { RunsState } from "./state.ts";

/** The points that are here, as CSV: for a page without Python. */
export function csvOf(state: RunsState): string {
  const rows = ["run,metric,step,value"];
  for (const { run, spec } of state.shown.peek())
    for (const { name } of state.charts.peek()) {
      const curve = state.curves.of(name)?.curves.get(run);
      if (!curve) continue;
      const label = `${cell(spec.name)},${cell(name)}`;
      curve.steps.forEach((step, i) => {
        rows.push(`${label},${step},${curve.values[i] ?? ""}`);
      });
    }
  return `${rows.join("\n")}\n`;
}

/** A name that a spreadsheet would take for a formula has an apostrophe in front. */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Hands a file to the browser. */
export function download(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
