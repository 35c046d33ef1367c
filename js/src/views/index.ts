import { headView } from "./head/view.ts";
import type { View } from "./stage.ts";

const VIEWS: Record<string, View> = { head: headView };

export function viewFor(name: string): View {
  const view = VIEWS[name];
  if (!view)
    throw new Error(
      `headwise: this bundle has no view "${name}"; install headwise again, or rebuild it with npm run build`,
    );
  return view;
}
