import { copyFileSync } from "node:fs";
import path from "node:path";
import { fetchDebianPart } from "./debian.js";
import { parts } from "./parts.js";
import { run } from "./run.js";

/**
 * Unpacks Debian's OCI registry into the lab's folder.
 * @throws Error when apt-get cannot download, or the program does not run here
 */
export async function fetchRegistry(signal: AbortSignal | undefined): Promise<void> {
  const part = parts["docker-registry"];
  const packages = part.kind === "debian" ? part.packages : [];
  await fetchDebianPart("docker-registry", packages, signal, async (draft, common) => {
    const program = path.join(draft, "docker-registry");
    copyFileSync(path.join(draft, "usr", "bin", "docker-registry"), program);
    await run(program, ["--version"], { ...common, purpose: "start docker-registry" });
  });
}
