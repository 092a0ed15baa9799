import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fetchDebianPart } from "./debian.js";
import { parts } from "./parts.js";
import { partPath } from "./paths.js";
import { run } from "./run.js";

/** Starts python3, the one on PATH or else the one unpacked beside it, with PyYAML on its path. */
const launcher = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
PYTHONPATH="$here/usr/lib/python3/dist-packages\${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONPATH
if command -v python3 >/dev/null 2>&1; then exec python3 "$@"; fi
for python in "$here"/usr/bin/python3.*; do
  PYTHONHOME="$here/usr" exec "$python" "$@"
done
`;

/** What a program other than the launcher needs in its environment to import PyYAML. */
export function pythonEnvironment(): { readonly PYTHONPATH: string } {
  const root = path.dirname(partPath("pyyaml"));
  return { PYTHONPATH: path.join(root, "usr", "lib", "python3", "dist-packages") };
}

/**
 * Unpacks Debian's PyYAML into the lab's folder, without installing it, and python3 with it when PATH has none.
 * @throws Error when apt-get cannot download
 */
export async function fetchPyYaml(signal: AbortSignal | undefined): Promise<void> {
  await fetchDebianPart("pyyaml", packagesToFetch(), signal, async (draft, common) => {
    const script = path.join(draft, "pyyaml");
    writeFileSync(script, launcher);
    chmodSync(script, 0o755);
    await run(script, ["-c", "import yaml; print(yaml.__version__)"], {
      ...common,
      purpose: "import PyYAML",
    });
  });
}

function packagesToFetch(): string[] {
  const wanted = parts.pyyaml.kind === "debian" ? [...parts.pyyaml.packages] : [];
  if (isOnPath("python3")) return wanted;
  const depends = execFileSync("apt-cache", ["depends", "python3-minimal"], { encoding: "utf8" });
  const version = /python(3\.\d+)-minimal/.exec(depends)?.[1];
  if (version === undefined)
    throw new Error('No "python3" on PATH and none known to apt-get. Install python3.');
  const pieces = [
    `python${version}-minimal`,
    `libpython${version}-minimal`,
    `libpython${version}-stdlib`,
  ];
  return [...wanted, ...pieces];
}

function isOnPath(program: string): boolean {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.some((folder) => folder !== "" && existsSync(path.join(folder, program)));
}
