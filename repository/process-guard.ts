import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

// Reads until our end of the pipe closes, which also happens when this process is killed.
const script = 'read -r answer; [ "$answer" = finished ] || kill -KILL "-$1"';

/**
 * Ends a child's process group when this process dies without being able to do so itself
 * (SIGKILL, a crash). Short runs need no guard; one is started after a second.
 * Returns the function that calls it off. On Windows there is none.
 */
export function guard(child: ChildProcess): () => void {
  const group = child.pid;
  if (group === undefined || process.platform === "win32") return () => undefined;
  let watcher: ChildProcess | undefined;
  const timer = setTimeout(() => {
    watcher = spawn("/bin/sh", ["-c", script, "guard", String(group)], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: {},
    });
    watcher.on("error", () => undefined);
    watcher.stdin?.on("error", () => undefined);
    watcher.unref();
  }, 1000);
  timer.unref();
  return () => {
    clearTimeout(timer);
    watcher?.stdin?.end("finished\n");
  };
}
