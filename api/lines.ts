import type { KubernetesObject } from "../manifests/manifest.js";
import { merged } from "../manifests/object-patch.js";
import { lineFiles } from "./lines/index.js";
import type { FluxKind, LineKinds } from "./schema.js";

/** A minor release of Flux, which is what decides which fields there are. */
export interface FluxLine {
  /** The line that objects are checked against, for example `2.9`. */
  readonly line: string;
  /** Whether it is the newest that this library knows. */
  readonly newest: boolean;
  /** Whether the version itself is newer than every known line, so that newer fields are unknown. */
  readonly beyond: boolean;
}

/** The lines that objects can be checked against, oldest first. */
export const supportedLines: readonly string[] = lineFiles.map(({ line }) => line).reverse();

/** The release of each line whose definitions are known, by line. */
export const defaultVersions: Readonly<Record<string, string>> = Object.fromEntries(
  lineFiles.map(({ line, flux }) => [line, flux]),
);

const newest = supportedLines.at(-1) ?? "";

/**
 * The line of a Flux version, for example of `2.9.4`, `v2.9.4` or `2.9`. A version newer than every
 * known line is judged by the newest one.
 *
 * @returns undefined for a version older than every known line, and for text that is no version
 */
export function fluxLine(version: string): FluxLine | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:[.+-].*)?$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const line = `${major}.${minor}`;
  if (supportedLines.includes(line)) return { line, newest: line === newest, beyond: false };
  return isNewer(line, newest) ? { line: newest, newest: true, beyond: true } : undefined;
}

/** Whether one line is newer than another. */
export function isNewer(line: string, than: string): boolean {
  const [major = 0, minor = 0] = line.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = than.split(".").map(Number);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}

const kindsOfLines = new Map<string, LineKinds>();

/** Every kind of a supported line, by kind; empty for any other line. */
export function lineKinds(line: string): LineKinds {
  const known = kindsOfLines.get(line);
  if (known !== undefined) return known;
  const index = lineFiles.findIndex((file) => file.line === line);
  const file = lineFiles[index];
  if (file === undefined) return {};
  const newer = lineFiles[index - 1];
  const kinds =
    newer === undefined ? file.data : (merged(lineKinds(newer.line), file.data) as LineKinds); // the file of an older line is a difference
  kindsOfLines.set(line, kinds as LineKinds); // the file of the newest line is whole
  return kindsOfLines.get(line) ?? {};
}

/**
 * The custom resource definitions of a line, without prose, as an API server accepts them. Empty for
 * a line that is not supported.
 */
export function crdsOf(line: string): readonly KubernetesObject[] {
  return Object.values(lineKinds(line)).map(definition);
}

function definition({ group, scope, names, annotations, versions }: FluxKind): KubernetesObject {
  const name = `${names.plural}.${group}`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: annotations === undefined ? { name } : { name, annotations },
    spec: {
      group,
      scope,
      names,
      versions: Object.entries(versions)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([version, { schema, ...rest }]) => ({
          name: version,
          ...rest,
          schema: { openAPIV3Schema: schema },
        })),
    },
  };
}
