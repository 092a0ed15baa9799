import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { partPath, partStatuses, type PartName } from "../../lab/parts/index.js";

const parts = ["age", "age-keygen", "age-plugin-tag", "age-plugin-tagtest"] as const;

/** One clear sentence when age is not built; undefined when it is. */
export function missingAge(): string | undefined {
  const missing = partStatuses([...parts]).filter(({ present }) => !present);
  const [first] = missing;
  return first && `The lab's part "${first.name}" is not built: run "npm run lab -- build".`;
}

/** The folders of the plugins, as they would stand in PATH. */
export function pluginPath(): string {
  return (["age-plugin-tag", "age-plugin-tagtest"] as const)
    .map((name) => dirname(partPath(name)))
    .join(":");
}

/** The real age in a directory of its own. What it prints comes back as bytes. */
export class AgeDirectory {
  readonly path: string = mkdtempSync(join(tmpdir(), "flux-fleet-age-"));

  /** Writes a file and gives its path. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  age(args: readonly string[], input: string | Uint8Array = ""): Promise<Buffer> {
    return this.run("age", args, input);
  }

  /** What `age-keygen` prints: a key file. */
  async keyFile(args: readonly string[] = []): Promise<string> {
    return (await this.run("age-keygen", args, "")).toString("utf8");
  }

  /** The public keys of a key file. */
  async recipientsOf(keyFile: string): Promise<readonly string[]> {
    const printed = await this.run("age-keygen", ["-y"], keyFile);
    return printed.toString("utf8").trim().split("\n");
  }

  private run(
    name: PartName,
    args: readonly string[],
    input: string | Uint8Array,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = spawn(partPath(name), [...args], {
        cwd: this.path,
        env: { PATH: pluginPath(), HOME: this.path },
      });
      const [out, said]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve(Buffer.concat(out));
        else reject(new Error(`${name}: ${Buffer.concat(said).toString("utf8")}`));
      });
      child.stdin.on("error", () => undefined); // it may end before it has read all
      child.stdin.end(input);
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
