import { dirname, join } from "node:path";
import type { Finding } from "../../errors.js";
import { FleetError } from "../../errors.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import type { InstallComponent, InstallManifests } from "./install-manifests.js";
import { extraComponents, isFluxComponent } from "./flux-components.js";

/** Where install manifests come from; see `FluxArgs.manifests`. */
export type InstallSource =
  { readonly file: string; readonly sha256?: string } | { readonly sha256: string };

/** What can be replaced where manifests are loaded. */
export interface LoadOptions {
  /** Directory with `flux-<version>.json` files. @default `install` of this package */
  readonly directory?: string;
  /** Gets the text of an address. @default over HTTPS, at most 60 seconds */
  readonly download?: (url: string) => Promise<string>;
}

const componentLabel = "app.kubernetes.io/component";
const versionLabel = "app.kubernetes.io/version";

/**
 * Loads the install manifests of the given Flux versions: from this package, from a file, or from
 * the release of that version.
 *
 * @throws FleetError `UNKNOWN_FLUX_VERSION`, `INSTALL_MANIFESTS_UNREADABLE` or
 * `INSTALL_MANIFESTS_CHECKSUM`
 */
export async function loadInstallManifests(
  versions: Iterable<string>,
  source?: InstallSource,
  options: LoadOptions = {},
): Promise<ReadonlyMap<string, InstallManifests>> {
  const wanted = [...new Set(versions)].sort();
  const loaded = await Promise.all(
    wanted.map((version) =>
      loadVersion(version, source, options).then(
        (manifests) => ({ version, manifests, findings: [] as readonly Finding[] }),
        (error: unknown) => {
          if (!FleetError.is(error)) throw error;
          return { version, manifests: undefined, findings: error.findings };
        },
      ),
    ),
  );
  const findings = loaded.flatMap((item) => item.findings);
  if (findings.length > 0) {
    throw new FleetError(findings);
  }
  return new Map(
    loaded.flatMap(({ version, manifests }) =>
      manifests === undefined ? [] : [[version, manifests] as const],
    ),
  );
}

/**
 * Install manifests from the text of a file: the package's own JSON, or what `flux install --export`
 * prints and a release publishes as `install.yaml`.
 *
 * @param from - what to call the file in messages
 * @throws FleetError `INSTALL_MANIFESTS_UNREADABLE`
 */
export async function parseInstallManifests(
  text: string,
  version: string,
  from: string,
): Promise<InstallManifests> {
  const manifests = /^\s*\{/.test(text) ? fromJson(text, from) : await fromYaml(text, from);
  if (manifests.version !== version) {
    throw unreadable(from, `It is of Flux ${JSON.stringify(manifests.version)}, not ${version}.`);
  }
  return manifests;
}

async function loadVersion(
  version: string,
  source: InstallSource | undefined,
  options: LoadOptions,
): Promise<InstallManifests> {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version)) {
    throw unknownVersion(version, 'Give an exact version such as "2.9.4".');
  }
  if (source === undefined) {
    return packaged(version, options.directory ?? (await packageDirectory()));
  }
  if ("file" in source) {
    const text = await readText(source.file, source.file);
    await verify(text, source.sha256, source.file);
    return parseInstallManifests(text, version, source.file);
  }
  const url = `https://github.com/fluxcd/flux2/releases/download/v${version}/install.yaml`;
  const text = await (options.download ?? download)(url);
  await verify(text, source.sha256, url);
  return parseInstallManifests(text, version, url);
}

async function packaged(version: string, directory: string): Promise<InstallManifests> {
  const { readdir } = await import("node:fs/promises");
  const entries = await readdir(directory).catch((): string[] => []);
  const known = entries.flatMap((entry) => /^flux-(.+)\.json$/.exec(entry)?.[1] ?? []).sort();
  if (!known.includes(version)) {
    throw unknownVersion(
      version,
      known.length === 0
        ? "This package holds no install manifests; give `flux.manifests`."
        : `Use one of ${known.join(", ")}, or give \`flux.manifests\`.`,
    );
  }
  const file = join(directory, `flux-${version}.json`);
  return parseInstallManifests(await readText(file, file), version, `flux-${version}.json`);
}

/** `install` beside the package.json of this package, whether it runs built or from its sources. */
async function packageDirectory(): Promise<string> {
  const { access } = await import("node:fs/promises");
  let directory = __dirname;
  for (;;) {
    const found = await access(join(directory, "package.json")).then(
      () => true,
      () => false,
    );
    if (found || dirname(directory) === directory) {
      return join(directory, "install");
    }
    directory = dirname(directory);
  }
}

async function readText(file: string, from: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw unreadable(from, "The file cannot be read.", cause);
  });
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) }).catch(
    (cause: unknown) => {
      throw unreadable(url, "The server does not answer.", cause);
    },
  );
  if (!response.ok) {
    throw unreadable(url, `The server answers ${String(response.status)}.`);
  }
  return response.text();
}

async function verify(text: string, expected: string | undefined, from: string): Promise<void> {
  if (expected === undefined) {
    return;
  }
  const { createHash } = await import("node:crypto");
  const actual = createHash("sha256").update(text).digest("hex");
  if (actual !== expected.toLowerCase()) {
    throw new FleetError([
      {
        code: "INSTALL_MANIFESTS_CHECKSUM",
        path: "flux.manifests",
        problem: `${from} has the checksum ${actual}, not ${JSON.stringify(expected)}.`,
        remedy: "Find out why before you change the checksum.",
      },
    ]);
  }
}

function fromJson(text: string, from: string): InstallManifests {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(from, "It is not JSON.", cause);
  }
  if (!isInstallManifests(value)) {
    throw unreadable(from, "It does not hold install manifests.");
  }
  return value;
}

async function fromYaml(text: string, from: string): Promise<InstallManifests> {
  const yaml = await import("yaml");
  const documents = yaml.parseAllDocuments(text);
  const broken = documents.find(({ errors }) => errors.length > 0);
  if (broken !== undefined) {
    throw unreadable(from, "It is not YAML.", broken.errors[0]);
  }
  const objects = documents
    .map((document) => document.toJS() as unknown)
    .filter((value) => value !== null);
  if (!objects.every(isObject)) {
    throw unreadable(from, "It holds something that is no Kubernetes object.");
  }
  const version = objects.find(({ kind }) => kind === "Namespace")?.metadata.labels?.[versionLabel];
  const byComponent = new Map<string, KubernetesObject[]>();
  const shared: KubernetesObject[] = [];
  for (const object of objects) {
    const name = object.metadata.labels?.[componentLabel];
    if (name === undefined) shared.push(object);
    else byComponent.set(name, [...(byComponent.get(name) ?? []), object]);
  }
  const components = [...byComponent].map(([name, own]) => [name, component(name, own)] as const);
  return {
    version: (version ?? "").replace(/^v/, ""),
    components: Object.fromEntries(components),
    shared: { objects: shared },
  };
}

function component(name: string, objects: readonly KubernetesObject[]): InstallComponent {
  const image = /"image":"[^"]*:v?([^":@]+)"/.exec(JSON.stringify(objects))?.[1] ?? "";
  const extra = isFluxComponent(name) && extraComponents.some((known) => known === name);
  return { version: image, extra, objects };
}

function isInstallManifests(value: unknown): value is InstallManifests {
  if (!isFields(value) || typeof value["version"] !== "string") {
    return false;
  }
  const { components, shared } = value;
  const lists = [shared, ...(isFields(components) ? Object.values(components) : [])];
  return (
    isFields(components) &&
    lists.every(
      (list) => isFields(list) && Array.isArray(list["objects"]) && list["objects"].every(isObject),
    )
  );
}

function isObject(value: unknown): value is KubernetesObject {
  return (
    isFields(value) &&
    typeof value["apiVersion"] === "string" &&
    typeof value["kind"] === "string" &&
    isFields(value["metadata"]) &&
    typeof value["metadata"]["name"] === "string"
  );
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownVersion(version: string, remedy: string): FleetError {
  const problem = `There are no install manifests of Flux ${JSON.stringify(version)}.`;
  return new FleetError([{ code: "UNKNOWN_FLUX_VERSION", path: "flux.version", problem, remedy }]);
}

function unreadable(from: string, problem: string, cause?: unknown): FleetError {
  const remedy = "Give the JSON file of this package, or what `flux install --export` prints.";
  return new FleetError(
    [
      {
        code: "INSTALL_MANIFESTS_UNREADABLE",
        path: "flux.manifests",
        problem: `${from}: ${problem}`,
        remedy,
      },
    ],
    { cause },
  );
}
