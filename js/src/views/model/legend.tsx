import { rampGradient, weightRamp } from "../../ramps.ts";
import type { LegendPart } from "./scene.ts";

export interface LegendProps {
  dark: boolean;
  parts: LegendPart[];
}

/** One line under the grid: what colour means, which way to read it, what is pooled and what is left out. */
export function Legend({ dark, parts }: LegendProps) {
  return (
    <>
      {parts.map((part) => {
        if (part.kind !== "ramp")
          return (
            <span key={part.text} class={part.kind === "badge" ? "hw-pooling" : undefined}>
              {part.text}
            </span>
          );
        const { before, from, to, after } = part;
        return (
          <span key={before} class="hw-legend-scale">
            {before}
            <span>{from}</span>
            <span class="hw-ramp" style={{ background: rampGradient(weightRamp(dark)) }} />
            <span>{to}</span>
            {after}
          </span>
        );
      })}
    </>
  );
}
