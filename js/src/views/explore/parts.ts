import type { Host } from "../../host/host.ts";
import { type PartHost, partHost } from "../../host/part.ts";
import { blockNamed, layerWithin } from "../shell/place.ts";
import { fromGrid, fromNeuron, neuronOf, type Shown } from "./selection.ts";

/** The hosts of the three parts, over one selection. */

function shownBy(host: Host): Shown {
  return { layer: host.get("layer"), selection: host.get("selection") };
}

/** A grid of all heads and all weights, in which nothing opens: a click is what the others show. */
export function gridHost(host: Host, height: number): PartHost {
  return partHost(host, {
    own: { opened: null, strongest: 1, include_layers: null, include_heads: null, height },
    translate: (values) => fromGrid(values, shownBy(host)),
  });
}

export function headHost(host: Host, height: number): PartHost {
  return partHost(host, { own: { height } });
}

export function neuronHost(host: Host, scope: AbortSignal): PartHost {
  const trace = host.get("_trace");
  const shown = () => {
    const block = blockNamed(trace, host.get("block"));
    const { layer, selection } = shownBy(host);
    return neuronOf({ layer: layerWithin(block, layer), selection }, block);
  };
  let last = shown();
  const part = partHost(host, {
    own: { ...last },
    translate: (values) => fromNeuron(values, shownBy(host), last),
  });
  const follow = () => {
    last = shown();
    part.put({ ...last });
  };
  for (const name of ["block", "layer", "selection"] as const) host.onChange(name, follow, scope);
  return part;
}
