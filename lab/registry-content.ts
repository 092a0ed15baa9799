import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { tarGz } from "./tar.js";

/** Texts by path. */
export type Files = Readonly<Record<string, string>>;

/** Pushes to a registry, as `docker push`, `helm push` and `flux push artifact` do. Each answers the manifest's digest. */
export interface RegistryContent {
  /** An image with one layer; without files its tag is all that tells it from another. */
  pushImage(repository: string, tag: string, files?: Files): Promise<string>;
  /** A Helm chart, under its version; the repository ends in the chart's name. */
  pushChart(repository: string, chart: Chart): Promise<string>;
  /** A Flux artifact: manifests by path. */
  pushArtifact(repository: string, tag: string, artifact: Artifact): Promise<string>;
  /** Gives an image, chart or artifact another tag. */
  tag(repository: string, from: string, to: string): Promise<void>;
  /** All tags, sorted; none for a repository that does not exist. */
  tags(repository: string): Promise<readonly string[]>;
}

/** What a chart consists of. */
export interface Chart {
  readonly version: string;
  /** Beside `Chart.yaml`: `values.yaml`, `templates/<name>.yaml`. */
  readonly files: Files;
}

/** What an artifact consists of. */
export interface Artifact {
  readonly files: Files;
  /** What Flux reports as the origin's revision: `main@sha1:<commit>`. */
  readonly revision?: string;
  /** Address of the Git repository it came from. */
  readonly source?: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Pushes over the API of a registry at this address. */
export function registryContent(url: string): RegistryContent {
  const call = async (
    at: string,
    method: string,
    body?: Buffer,
    type?: string,
  ): Promise<Response> => {
    const headers = {
      ...(type === undefined ? { Accept: manifestType } : { "Content-Type": type }),
    };
    const response = await fetch(new URL(at, url), { method, headers, ...(body && { body }) });
    if (response.ok || (method === "GET" && response.status === 404)) return response;
    const text = (await response.text()).slice(0, 300);
    throw new Error(`The registry refused ${method} ${at}: ${String(response.status)} ${text}`);
  };
  const pushBlob = async (
    repository: string,
    body: Buffer,
    mediaType: string,
  ): Promise<Descriptor> => {
    const digest = digestOf(body);
    const upload = await call(`/v2/${repository}/blobs/uploads/`, "POST");
    const target = new URL(upload.headers.get("location") ?? "", url);
    target.searchParams.set("digest", digest);
    await call(target.href, "PUT", body, "application/octet-stream");
    return { mediaType, digest, size: body.length };
  };
  const pushManifest = async (
    repository: string,
    tag: string,
    config: readonly [mediaType: string, content: unknown],
    layer: readonly [mediaType: string, content: Buffer],
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const content = {
      schemaVersion: 2,
      mediaType: manifestType,
      config: await pushBlob(repository, json(config[1]), config[0]),
      layers: [await pushBlob(repository, layer[1], layer[0])],
      annotations,
    };
    const body = json(content);
    await call(`/v2/${repository}/manifests/${tag}`, "PUT", body, manifestType);
    return digestOf(body);
  };
  return {
    async pushImage(repository, tag, files = { tag }) {
      const layer = tarGz(files);
      const rootfs = { type: "layers", diff_ids: [digestOf(gunzipSync(layer))] };
      const config = { architecture: "amd64", os: "linux", config: {}, rootfs };
      return await pushManifest(
        repository,
        tag,
        ["application/vnd.oci.image.config.v1+json", config],
        ["application/vnd.oci.image.layer.v1.tar+gzip", layer],
      );
    },
    async pushChart(repository, { version, files }) {
      const name = repository.slice(repository.lastIndexOf("/") + 1);
      const chart = { apiVersion: "v2", name, version };
      const all = { "Chart.yaml": JSON.stringify(chart), ...files };
      const packed = Object.entries(all).map(([file, text]) => [`${name}/${file}`, text]);
      return await pushManifest(
        repository,
        version.replaceAll("+", "_"), // a tag has no "+"
        ["application/vnd.cncf.helm.config.v1+json", chart],
        [
          "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
          tarGz(Object.fromEntries(packed) as Files),
        ],
      );
    },
    async pushArtifact(repository, tag, { files, revision, source }) {
      return await pushManifest(
        repository,
        tag,
        ["application/vnd.cncf.flux.config.v1+json", {}],
        ["application/vnd.cncf.flux.content.v1.tar+gzip", tarGz(files)],
        {
          ...(revision === undefined ? {} : { "org.opencontainers.image.revision": revision }),
          ...(source === undefined ? {} : { "org.opencontainers.image.source": source }),
        },
      );
    },
    async tag(repository, from, to) {
      const response = await call(`/v2/${repository}/manifests/${from}`, "GET");
      if (!response.ok) throw new Error(`The registry has no ${repository}:${from}.`);
      const body = Buffer.from(await response.arrayBuffer());
      await call(`/v2/${repository}/manifests/${to}`, "PUT", body, manifestType);
    },
    async tags(repository) {
      const response = await call(`/v2/${repository}/tags/list`, "GET");
      if (!response.ok) return [];
      const { tags } = (await response.json()) as { readonly tags: readonly string[] | null };
      return [...(tags ?? [])].sort();
    },
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
