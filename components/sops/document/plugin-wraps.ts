import { spawn } from "node:child_process";
import { quoted } from "../../../graph/values/names.js";
import { refusal } from "./refusal.js";

/** How long age and a plugin may take, in milliseconds; somebody may have to touch a token. */
const longest = 60_000;

/** More than any wrap of 32 bytes takes. */
const mostBytes = 64 * 1024;

/** What age and its plugins need to find each other and their settings; nothing else is passed on. */
const variables = ["PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "PATHEXT"];

const armor =
  /^-----BEGIN AGE ENCRYPTED FILE-----\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/=]{1,64}\n-----END AGE ENCRYPTED FILE-----\n$/;

/**
 * A data key wrapped by the `age` in the PATH, which runs the plugin of the recipient. The data key
 * goes through a pipe; the arguments hold the recipient only, and nothing that age says is repeated.
 *
 * @throws FleetError SOPS_WRAP_FAILED
 */
export async function wrapWithPlugin(dataKey: Uint8Array, recipient: string): Promise<string> {
  const env = Object.fromEntries(
    variables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const text = await new Promise<string>((resolve, reject) => {
    const child = spawn("age", ["--encrypt", "--armor", "--recipient", recipient], {
      ...{ env, stdio: ["pipe", "pipe", "ignore"], windowsHide: true },
    });
    let out = "";
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      // A plugin may live on and hold the other end; without this, nobody would come back.
      child.stdout.destroy();
      child.stdin.destroy();
      reject(notWrapped(recipient, why));
    };
    const timer = setTimeout(() => fail("age takes longer than a minute"), longest);
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      out += chunk;
      if (out.length > mostBytes) fail("age prints more than an age file");
    });
    child.on("error", () => fail("the program age cannot be run"));
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(out);
      else fail(`age ended with ${code === null ? "a signal" : String(code)}`);
    });
    // A process that ends early breaks the pipe; its end is what counts.
    child.stdin.on("error", () => undefined).end(dataKey);
  });
  if (!armor.test(text)) throw notWrapped(recipient, "what age printed is no age file");
  return text;
}

/** The data key could not be wrapped. Recipients are public; nothing else is named. */
export function notWrapped(recipient: string, why: string): Error {
  return refusal(
    "SOPS_WRAP_FAILED",
    "recipients",
    `For ${quoted(recipient)} nothing can be encrypted: ${why}.`,
    "Try `age --encrypt --recipient` with it by hand, where this program runs.",
  );
}
