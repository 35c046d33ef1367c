import { rampGradient, weightRamp } from "../../ramps.ts";

interface LegendProps {
  dark: boolean;
  full: number;
  pooling: string;
  sentences: string[];
}

export function Legend({ dark, full, pooling, sentences }: LegendProps) {
  return (
    <>
      <span class="hw-legend-scale">
        weight
        <span>0</span>
        <span class="hw-ramp" style={{ background: rampGradient(weightRamp(dark)) }} />
        <span>{full}</span>
      </span>
      <span>square-root scale</span>
      <span class="hw-pooling">{pooling}</span>
      {sentences.map((sentence) => (
        <span key={sentence}>{sentence}</span>
      ))}
    </>
  );
}
