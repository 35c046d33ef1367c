import axe from "axe-core";

/** What axe-core finds serious or critical in an element, one line a rule and target; without it, nothing. */
export async function seriousFaults(root: Element): Promise<string[]> {
  const { violations } = await axe.run(root, {
    resultTypes: ["violations"],
    // A part of a page has no landmarks and headings of its own.
    rules: { region: { enabled: false }, "page-has-heading-one": { enabled: false } },
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target}: ${failureSummary}`),
    );
}
