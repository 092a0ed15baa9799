import { image, imageDigest, imageName, imageTag } from "../../components/image/image.js";
import { printYaml } from "../../manifests/index.js";

/** One file with everything our printer writes that another YAML writer might write otherwise. */
export function markedTree(host: string, tag: string, replicas: number): string {
  const policy = { namespace: "shop", name: "web" };
  const name = `${host}/acme/web`;
  const containers = [{ name: "web", image: image(name, { policy, tag }), args: ["--a=b"] }];
  const values = {
    image: { repository: imageName(name, { policy }), tag: imageTag({ policy, tag }) },
  };
  return printYaml([
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "web",
        namespace: "shop",
        annotations: { note: "a: b # c", "x/y": "\u00a0é" },
      },
      spec: { replicas, template: { spec: { containers, tolerations: [] } } },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web" },
      data: {
        lines: "one\n  two\n\nthree\n",
        long: `${"word ".repeat(60)}end`,
        yes: "yes",
        number: "010",
        odd: "$imagepolicy \t'\"\\",
      },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "web" },
      spec: { values },
    },
  ]);
}

/** A file with an image and its digest. */
export function pinnedTree(host: string, digest: string): string {
  const policy = { namespace: "shop", name: "pinned" };
  const data = {
    digest: imageDigest(digest, { policy }),
    image: image(`${host}/acme/pinned`, { policy, tag: "1.0.0", digest }),
  };
  return printYaml([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "pinned" }, data }]);
}
