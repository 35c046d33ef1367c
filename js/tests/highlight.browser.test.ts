import { afterEach, describe, expect, it } from "vitest";
import { linkedHighlights, sharedHighlights } from "../src/state/highlight.ts";
import { RecordingHost } from "./support/host.ts";
import { sampleOf, traitsOf } from "./support/sample.ts";

const scopes: AbortController[] = [];

function open(links: string[]) {
  const scope = new AbortController();
  scopes.push(scope);
  const host = new RecordingHost(traitsOf(sampleOf(), { _links: links }), scope.signal);
  return { scope, host, highlights: linkedHighlights(host, scope.signal) };
}

const HEAD = { block: "encoder", head: [0, 0] as [number, number] };

afterEach(() => {
  for (const scope of scopes.splice(0)) scope.abort();
});

describe("highlights of linked views", () => {
  it("reach the views of the same link, not the one that speaks, and send nothing to Python", () => {
    const [a, b, other, alone] = [open(["x"]), open(["y", "x"]), open(["z"]), open([])];
    a.highlights.say(HEAD);
    expect(b.highlights.heard.value).toEqual(HEAD);
    for (const silent of [a, other, alone]) expect(silent.highlights.heard.value).toBeNull();
    expect([a, b].flatMap(({ host }) => host.sent)).toEqual([]);
    a.highlights.say(null);
    expect(b.highlights.heard.value).toBeNull();
  });

  it("follow a link that is made later", () => {
    const [a, b] = [open([]), open([])];
    for (const { host } of [a, b]) host.receive({ _links: ["x"] });
    b.highlights.say(HEAD);
    expect(a.highlights.heard.value).toEqual(HEAD);
  });

  it("end with the view that said them", () => {
    const [a, b] = [open(["x"]), open(["x"])];
    a.highlights.say(HEAD);
    a.scope.abort();
    expect(b.highlights.heard.value).toBeNull();
  });

  it("pass between the parts of a view and out of it", () => {
    const [whole, other] = [open(["x"]), open(["x"])];
    const [first, second] = sharedHighlights(whole.highlights, whole.scope.signal, 2);
    first?.say(HEAD);
    expect([first?.heard.value, second?.heard.value, other.highlights.heard.value]).toEqual([
      null,
      HEAD,
      HEAD,
    ]);
    first?.say(null);
    other.highlights.say(HEAD);
    expect([first?.heard.value, second?.heard.value]).toEqual([HEAD, HEAD]);
  });
});
