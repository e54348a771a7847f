/** Waits until something is so, looking again every few milliseconds; for what no event tells. */
export async function until(
  condition: () => unknown | Promise<unknown>,
  what = 'the condition',
  withinMs = 15_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what} did not come about within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
