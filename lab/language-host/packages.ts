/** Which resource plugins a program needs. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { PackageDependency } from "@pulumi/pulumi/proto/plugin_pb.js";

interface Manifest {
  readonly version?: string;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string };
  readonly [field: string]: unknown;
}

/** Resource packages among the direct dependencies of the package the program belongs to. */
export function requiredPackages(programDirectory: string): readonly PackageDependency[] {
  const manifest = nearestManifest(programDirectory);
  if (manifest === undefined) return [];
  const dependencies = ["dependencies", "devDependencies", "peerDependencies"].flatMap((field) =>
    Object.keys(read(manifest)[field] ?? {}),
  );
  const resolve = createRequire(manifest).resolve;
  return [...new Set(dependencies)].sort().flatMap((name) => {
    try {
      const found = read(resolve(`${name}/package.json`));
      if (found.pulumi?.resource !== true) return [];
      const dependency = new PackageDependency();
      dependency.setName(found.pulumi.name ?? name.replace(/^@pulumi\//, ""));
      dependency.setKind("resource");
      dependency.setVersion(found.version ?? "");
      return [dependency];
    } catch {
      // Not installed, or it exports no manifest: then it is no resource package.
      return [];
    }
  });
}

function nearestManifest(directory: string): string | undefined {
  const candidate = path.join(directory, "package.json");
  if (existsSync(candidate)) return candidate;
  const parent = path.dirname(directory);
  return parent === directory ? undefined : nearestManifest(parent);
}

function read(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}
