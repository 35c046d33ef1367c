import type { ParameterValue } from "../../state/runs.ts";
import { stepInWords, valueInWords } from "./numbers.ts";
import { type Column, parallelLayout, parameterInWords } from "./parallel.ts";
import { Sample } from "./sample.tsx";
import { type RunsState, styleIn } from "./state.ts";

/** Hyperparameters that differ between runs, with what came of each: a table, or parallel coordinates. */

const RESULTS = 2;
const HEIGHT = 240;

interface Result {
  name: string;
  better: "min" | "max";
  values: (number | null)[];
  steps: (number | null)[];
}

/** The best values of the first metrics that have a chart. */
function resultsOf(state: RunsState): Result[] {
  void state.arrivals.value;
  const { runs } = state.spec.value;
  return state.charts.value.slice(0, RESULTS).map(({ name, better }) => {
    const best = state.curves.of(name)?.best;
    return {
      name,
      better,
      values: runs.map((_, run) => best?.get(run)?.value ?? null),
      steps: runs.map((_, run) => best?.get(run)?.step ?? null),
    };
  });
}

function Table({ state }: { state: RunsState }) {
  const { parameters } = state.spec.value;
  const results = resultsOf(state);
  return (
    <div class="hw-parameters-scroll">
      <table class="hw-parameters">
        <thead>
          <tr>
            <th scope="col">run</th>
            {Object.keys(parameters).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {results.map(({ name, better }) => (
              <th key={name} scope="col" class="hw-result">
                {better === "min" ? "least" : "largest"} {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody onPointerLeave={() => point(state, null)}>
          {state.shown.value.map(({ run, spec }) => (
            <tr
              key={spec.name}
              class={state.pointed.value === run ? "hw-row-pointed" : ""}
              onPointerEnter={() => point(state, run)}
            >
              <th scope="row">
                <Sample state={state} run={run} />
                <span class="hw-run-name" dir="auto" title={spec.name}>
                  {spec.name}
                </span>
              </th>
              {Object.entries(parameters).map(([name, values]) => (
                <td key={name} title={parameterInWords(values[run])}>
                  {parameterInWords(values[run])}
                </td>
              ))}
              {results.map(({ name, values, steps }) => (
                <td key={name} class="hw-result">
                  {values[run] === null ? "" : valueInWords(values[run] ?? 0)}
                  {steps[run] !== null && (
                    <span class="hw-quiet"> at {stepInWords(steps[run] ?? 0)}</span>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function point(state: RunsState, run: number | null): void {
  state.pointed.value = run;
}

/** The lines of the runs, the one that is pointed at on top. */
function Lines({ state }: { state: RunsState }) {
  const { unit, width } = state.shell;
  const { parameters } = state.spec.value;
  const columns: Column[] = [
    ...Object.entries(parameters).map(([name, values]) => ({ name, values })),
    ...resultsOf(state).map(
      ({ name, better, values }): Column => ({
        name: `${better === "min" ? "least" : "largest"} ${name}`,
        values: values as ParameterValue[],
        better,
      }),
    ),
  ];
  const across = Math.max(width.value, columns.length * 120 * unit.value);
  const height = HEIGHT * unit.value;
  const layout = parallelLayout(columns, { width: across, height, unit: unit.value });
  const pointed = state.pointed.value;
  const shown = [...state.shown.value].sort(
    (a, b) => Number(a.run === pointed) - Number(b.run === pointed) || b.run - a.run,
  );
  const words = shown.map(({ spec }) => spec.name).join(", ");
  return (
    <div class="hw-parameters-scroll">
      <svg
        class="hw-parallel"
        width={across}
        height={height}
        role="img"
        aria-label={`Hyperparameters of ${words}, as lines; the table has the same values`}
        onPointerLeave={() => point(state, null)}
      >
        {layout.axes.map(({ name, x, kind }) => (
          <g key={name}>
            <line class="hw-parallel-axis" x1={x} x2={x} y1={layout.top} y2={layout.bottom} />
            <text class="hw-parallel-name" x={x} y={12 * unit.value}>
              <title>{name}</title>
              {short(name, 19)}
              {kind === "log" && " (log)"}
            </text>
          </g>
        ))}
        {shown.map(({ run, spec }) => {
          const { color, dash } = styleIn(state, run, run === pointed);
          const points = layout.axes.flatMap(({ x, places }) => {
            const y = places[run];
            return y === null || y === undefined ? [] : [`${x},${y}`];
          });
          return (
            <g key={spec.name} onPointerEnter={() => point(state, run)}>
              <title>{spec.name}</title>
              <polyline
                points={points.join(" ")}
                fill="none"
                stroke="transparent"
                stroke-width="12"
              />
              <polyline
                points={points.join(" ")}
                fill="none"
                stroke={color}
                stroke-width={run === pointed ? 3.5 : 2}
                stroke-dasharray={dash.join(" ") || undefined}
              />
            </g>
          );
        })}
        {layout.axes.map(({ name, x, marks }) => (
          <g key={name}>
            {marks.map(({ y, text }) => (
              <text key={y} class="hw-parallel-mark" x={x + 6} y={y + 4 * unit.value}>
                {short(text, 12)}
              </text>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

export function ParametersOf({ state }: { state: RunsState }) {
  const how = state.synced.parameters.value ?? "none";
  if (how === "none" || Object.keys(state.spec.value.parameters).length === 0) return null;
  return (
    <section class="hw-parameters-part" aria-label="Hyperparameters that differ">
      <div class="hw-title">
        <b>Hyperparameters that differ</b> of the runs that are on, and the best value of each run
      </div>
      {how === "table" ? <Table state={state} /> : <Lines state={state} />}
    </section>
  );
}
