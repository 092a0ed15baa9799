import { execFileSync } from "node:child_process";

/** The oldest Go that compiles every part. */
export const minimumGo = { major: 1, minor: 26 } as const;

/** What the `go` on PATH says about itself. */
export interface GoToolchain {
  /** As in `go1.26.8`. */
  readonly version: string;
  /** As in `linux/amd64`. */
  readonly platform: string;
}

/** A missing or too old Go, in one sentence that says how to mend it. */
export class GoToolchainError extends Error {
  override readonly name = "GoToolchainError";
}

const remedy = `Install Go ${minimumGo.major}.${minimumGo.minor} or newer and put its bin folder on PATH.`;

/**
 * Reads the output of `go env GOVERSION GOOS GOARCH`.
 * @param output - three lines, or `undefined` when `go` could not be run
 * @throws {@link GoToolchainError} when Go is missing or older than {@link minimumGo}
 */
export function readGoToolchain(output: string | undefined): GoToolchain {
  if (output === undefined) {
    throw new GoToolchainError(
      `The lab's parts are built with Go, but no "go" is on PATH. ${remedy}`,
    );
  }
  const [version = "", os = "", arch = ""] = output.split("\n").map((line) => line.trim());
  const match = /^go(\d+)\.(\d+)/.exec(version);
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  if (major < minimumGo.major || (major === minimumGo.major && minor < minimumGo.minor)) {
    throw new GoToolchainError(
      `The lab's parts need Go ${minimumGo.major}.${minimumGo.minor}, but the "go" on PATH is "${version}". ${remedy}`,
    );
  }
  return { version, platform: `${os}/${arch}` };
}

let found: { readonly output: string | undefined } | undefined;

/**
 * The Go on PATH; asked once per process.
 * @throws {@link GoToolchainError} when Go is missing or too old
 */
export function goToolchain(): GoToolchain {
  found ??= { output: askGo() };
  return readGoToolchain(found.output);
}

function askGo(): string | undefined {
  try {
    return execFileSync("go", ["env", "GOVERSION", "GOOS", "GOARCH"], {
      encoding: "utf8",
      // Otherwise a go.mod in the caller's folder could make Go look for another toolchain.
      env: { ...process.env, GOTOOLCHAIN: "local", GOWORK: "off" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}
