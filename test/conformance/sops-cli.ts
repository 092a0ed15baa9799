import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { partPath, partStatuses } from "../../lab/parts/index.js";

const run = promisify(execFile);

/** One clear sentence when sops is not built; undefined when it is. */
export function missingSops(): string | undefined {
  const missing = partStatuses(["sops"]).some(({ present }) => !present);
  return missing ? 'The lab\'s part "sops" is not built: run "npm run lab -- build".' : undefined;
}

/** The real sops in a directory of its own, with some identities and nothing else of the user. */
export class SopsDirectory {
  readonly path: string = mkdtempSync(join(tmpdir(), "flux-fleet-sops-"));

  constructor(identities: readonly string[]) {
    this.write("keys.txt", `${identities.join("\n")}\n`);
  }

  write(name: string, text: string | Uint8Array): void {
    writeFileSync(join(this.path, name), text, { mode: 0o600 });
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), "utf8");
  }

  discard(name: string): void {
    rmSync(join(this.path, name));
  }

  /** What sops prints; a failure is an error with what it said. */
  async sops(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { stdout } = await run(partPath("sops"), ["--disable-version-check", ...args], {
      cwd: this.path,
      env: {
        ...{ PATH: process.env.PATH ?? "", HOME: this.path, XDG_CONFIG_HOME: this.path },
        ...{ SOPS_AGE_KEY_FILE: join(this.path, "keys.txt"), SOPS_DISABLE_VERSION_CHECK: "1" },
        ...env,
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The text with what no two encryptions share taken out: what is left is the layout. */
export function layoutOf(encrypted: string): string {
  return encrypted
    .replace(/data:[^,]+,iv:[^,]+,tag:[^,]+/g, "…")
    .replace(/(BEGIN AGE ENCRYPTED FILE-----)[^-]*(-----END)/g, "$1…$2")
    .replace(/(lastmodified[":= ]+)[-:TZ\d]+/g, "$1…");
}
