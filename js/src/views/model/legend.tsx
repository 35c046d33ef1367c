import { rampGradient, weightRamp } from "../../ramps.ts";

export interface LegendProps {
  dark: boolean;
  /** What the thumbnails are drawn as. */
  glyph: "map" | "lines";
  /** Which part of a head its lines are. */
  lines: string;
  /** A frame that stands for a metric: its name and what the ends of the ramp are. */
  frame: { name: string; from: string; to: string; scale: string } | null;
  pooling: string;
  sentences: string[];
}

function Ramp({ dark, from, to }: { dark: boolean; from: string; to: string }) {
  return (
    <>
      <span>{from}</span>
      <span class="hw-ramp" style={{ background: rampGradient(weightRamp(dark)) }} />
      <span>{to}</span>
    </>
  );
}

/** One line under the grid: what colour means, which way to read it, what is pooled and what is left out. */
export function Legend({ dark, glyph, lines, frame, pooling, sentences }: LegendProps) {
  return (
    <>
      {glyph === "map" ? (
        <>
          <span class="hw-legend-scale">
            weight
            <Ramp dark={dark} from="0" to="1" />
          </span>
          <span>square-root scale</span>
          <span>rows attend, columns are attended</span>
        </>
      ) : (
        <>
          <span>thicker line: more weight</span>
          <span>left attends, right is attended</span>
          <span>{lines}</span>
        </>
      )}
      <span class="hw-pooling">{pooling}</span>
      {frame && (
        <span class="hw-legend-scale">
          frame: {frame.name}
          <Ramp dark={dark} from={frame.from} to={frame.to} />
          {frame.scale}
        </span>
      )}
      {sentences.map((sentence) => (
        <span key={sentence}>{sentence}</span>
      ))}
    </>
  );
}
