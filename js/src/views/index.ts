import type { Host } from "../host/host.ts";
import type { Loader } from "../store/loader.ts";
import { headView } from "./head/view.ts";

export type View = (host: Host, loader: Loader, el: HTMLElement, scope: AbortSignal) => void;

const VIEWS: Record<string, View> = { head: headView };

export function viewFor(name: string): View {
  const view = VIEWS[name];
  if (!view)
    throw new Error(
      `headwise: this bundle has no view "${name}"; install headwise again, or rebuild it with npm run build`,
    );
  return view;
}
