import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { publish } from "../../repository/index.js";
import type { Declaration, PublishOptions } from "../../repository/index.js";
import { declaration } from "./workbench.js";
import type { Workbench } from "./workbench.js";

/** A file whose image is marked. */
export const path = "tenants/production/eu/shop/web.yaml";

/** A Deployment whose image is marked; `replicas` stands for everything else in the file. */
export function web(tag: string, replicas = 1): string {
  const image = imagePolicyMarker({ namespace: "shop", name: "web" }, `acme/web:${tag}`);
  const spec = { replicas, template: { spec: { containers: [{ name: "web", image }] } } };
  return printYaml([
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec },
  ]);
}

/** Publishes these files as `acme`. */
export async function up(
  bench: Workbench,
  files: Readonly<Record<string, string>>,
  options: PublishOptions & Partial<Declaration> = {},
): Promise<Awaited<ReturnType<typeof publish>>> {
  return publish(bench.remote, "acme", declaration(files, options), options);
}

/** What image-automation-controller does: one commit that changes nothing but values behind markers. */
export async function bot(bench: Workbench, tag: string, file = path): Promise<void> {
  const text = (await bench.read("fleet", "main")).get(file) ?? "";
  await bench.commit("fleet", "main", {
    [file]: text.replaceAll(/acme\/web:[^ "]+/gu, `acme/web:${tag}`),
  });
}

/** The tag of the marked image at the head. */
export async function tagAtHead(bench: Workbench, file = path): Promise<string | undefined> {
  const text = (await bench.read("fleet", "main")).get(file);
  return /acme\/web:([^ "]+)/u.exec(text ?? "")?.[1];
}

/** What the ownership file remembers of markers. */
export async function remembered(bench: Workbench): Promise<unknown> {
  const text = (await bench.read("fleet", "main")).get(".flux-fleet/acme.json") ?? "";
  return (JSON.parse(text) as { markers?: unknown }).markers;
}
