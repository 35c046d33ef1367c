import { FrameChoice, GridForm, PoolingChoice } from "../model/toolbar.tsx";

/** How the grid is drawn; behind ⋯ of the one toolbar. */
export function GridSettings({ synced }: Parameters<typeof GridForm>[0]) {
  return (
    <>
      <span class="hw-label">Grid</span>
      <GridForm synced={synced} />
      <FrameChoice synced={synced} />
      <PoolingChoice synced={synced} />
    </>
  );
}
