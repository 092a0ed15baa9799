import { variable } from "pulumi-flux-fleet/core";
import type { KubernetesObject } from "pulumi-flux-fleet/core";

/** Namespace of the article's application. */
export const paymentNamespace = "payment";
const name = "payment-service";
const labels = { app: name };
const metadata = { name, namespace: paymentNamespace };

/** The article's Deployment. @param image - with or without a marker behind it */
export function paymentService(image: unknown, replicas: number): KubernetesObject {
  const container = {
    name,
    image,
    envFrom: [{ secretRef: { name: "payment-db-credentials" } }],
    ports: [{ name: "http", containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/ready", port: "http" } },
    resources: { requests: { cpu: "100m", memory: "128Mi" } },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** What the application is reached by inside of the cluster. */
export const paymentPort: KubernetesObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata,
  spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
};

/** What it is reached by from outside: last in the chain, under a name of its own per cluster. */
export const paymentIngress: KubernetesObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata,
  spec: {
    ingressClassName: "nginx",
    rules: [
      {
        host: `payment.${variable("REGION")}.example.com`,
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name, port: { name: "http" } } },
            },
          ],
        },
      },
    ],
  },
};
