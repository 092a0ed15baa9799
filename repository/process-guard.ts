import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";

// Both read until our end of the pipe closes, which also happens when this process is killed.
const killGroup = 'read -r answer; [ "$answer" = finished ] || kill -KILL "-$1"';
const removeDirectory =
  'read -r answer; [ "$answer" = finished ] || { /bin/sleep 2; /bin/rm -rf -- "$1"; }';

/**
 * Ends a child's process group when this process dies without being able to do so itself
 * (SIGKILL, a crash). Short runs need no guard; one is started after a second.
 * Returns the function that calls it off. On Windows there is none.
 */
export function guard(child: ChildProcess): () => void {
  const group = child.pid;
  if (group === undefined) return () => undefined;
  let callOff: (() => void) | undefined;
  const timer = setTimeout(() => {
    callOff = watch(killGroup, String(group));
  }, 1000);
  timer.unref();
  return () => {
    clearTimeout(timer);
    callOff?.();
  };
}

/** Removes a temporary directory two seconds after this process was killed; see {@link guard}. */
export function guardDirectory(directory: string): () => void {
  return watch(removeDirectory, directory);
}

function watch(script: string, target: string): () => void {
  if (process.platform === "win32") return () => undefined;
  const watcher = spawn("/bin/sh", ["-c", script, "guard", target], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: {},
  });
  watcher.on("error", () => undefined);
  watcher.stdin.on("error", () => undefined);
  watcher.unref();
  (watcher.stdin as Partial<Socket>).unref?.(); // a pipe is a socket: it must not keep us running
  return () => {
    watcher.stdin.end("finished\n");
  };
}
