import { range } from "../../arrays.ts";
import { rampGradient, signedRamp, weightRamp } from "../../ramps.ts";
import { headColor } from "../../scale.ts";
import type { LegendPart } from "./scene.ts";

export interface LegendProps {
  dark: boolean;
  parts: LegendPart[];
}

/** One line below: what colour means, from where to where, and what is not shown. */
export function Legend({ dark, parts }: LegendProps) {
  return (
    <>
      {parts.map((part) => {
        if (part.kind === "words") return <span key={part.text}>{part.text}</span>;
        if (part.kind === "clusters")
          return (
            <span key="clusters" class="hw-legend-scale">
              cluster
              {range(0, part.count).map((cluster) => (
                <span key={cluster} class="hw-legend-cluster">
                  <span style={{ background: headColor(cluster, part.count, dark) }} />
                  {cluster}
                </span>
              ))}
            </span>
          );
        const { before, from, to, after, signed } = part;
        const ramp = signed ? signedRamp(dark) : weightRamp(dark);
        return (
          <span key={before} class="hw-legend-scale">
            {before}
            <span>{from}</span>
            <span class="hw-ramp" style={{ background: rampGradient(ramp) }} />
            <span>{to}</span>
            {after}
          </span>
        );
      })}
    </>
  );
}
