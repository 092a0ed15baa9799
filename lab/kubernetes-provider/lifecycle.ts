/** Lives as long as the engine that started it, and no longer. */

/**
 * Ends this process when the engine is gone, also when it was killed: the engine holds the other
 * end of standard input, and is the parent process. Calls `stop` first.
 */
export function endWithEngine(stop: () => void = () => undefined): void {
  const parent = process.ppid;
  const end = (): void => {
    stop();
    process.exit(0);
  };
  process.stdin.on("end", end).on("error", end).resume();
  process.stdout.on("error", end);
  process.stderr.on("error", end);
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, 1000).unref();
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
}
