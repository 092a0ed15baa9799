import { crdsOf } from "../../api/index.js";
import type { ApiObject, LabCluster } from "../../lab/index.js";
import { partVersion } from "../../lab/parts/index.js";
import { deploymentPath, eventually } from "./install-flux.js";

const name = "source-watcher";
const namespace = "flux-system";
const metadata = { name, namespace, labels: { app: name } };

const container = {
  name: "manager",
  image: `ghcr.io/fluxcd/${name}:v${partVersion(name)}`,
  args: [
    "--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
    "--watch-all-namespaces=true",
    "--log-level=info",
    "--log-encoding=json",
    "--enable-leader-election",
    "--storage-path=/data",
    `--storage-adv-addr=${name}.$(RUNTIME_NAMESPACE).svc.cluster.local.`,
  ],
  env: [
    { name: "RUNTIME_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
  ],
  ports: [
    { name: "http", containerPort: 9090 },
    { name: "healthz", containerPort: 9440 },
  ],
  readinessProbe: { httpGet: { port: "http", path: "/" } },
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};

/** The objects that `flux install --components-extra=source-watcher` adds, as far as the lab looks at them. */
const objects: readonly (readonly [path: string, object: ApiObject])[] = [
  [
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`,
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
  ],
  [
    `/api/v1/namespaces/${namespace}/services/${name}`,
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
  ],
  [
    deploymentPath(name),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            serviceAccountName: name,
            containers: [container],
            volumes: [{ name: "data", emptyDir: {} }],
          },
        },
      },
    },
  ],
];

/** Installs source-watcher beside a Flux that is installed already, with the definition of ArtifactGenerator. */
export async function installSourceWatcher(cluster: LabCluster): Promise<void> {
  const definition = crdsOf("2.9").find(({ metadata: { name: crd } }) =>
    crd.startsWith("artifactgenerators."),
  );
  if (definition === undefined) throw new Error("Flux 2.9 has no ArtifactGenerator.");
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
  await cluster.api.apply(path, definition, "flux");
  await eventually("ArtifactGenerator served", async () => {
    await cluster.api.get("/apis/source.extensions.fluxcd.io/v1beta1");
    return true;
  });
  for (const [at, object] of objects) await cluster.api.apply(at, object, "flux");
}
