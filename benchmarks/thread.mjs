// CPU of the page's main thread in fine steps, whatever else the machine does.

// Returns a function that tells the milliseconds used so far: of scripts, and of all tasks.
export async function threadClock(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await client.send("Performance.getMetrics");
    const used = (wanted) => 1000 * metrics.find(({ name }) => name === wanted).value;
    return { script: used("ScriptDuration"), task: used("TaskDuration") };
  };
}
