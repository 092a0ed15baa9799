/** Where `examples/article` runs: a Git host, a registry, two clusters, and a stack on the real engine. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateIdentity } from "../../../components/sops/sealing/index.js";
import type { Lab, LabCluster } from "../../../lab/index.js";
import { startRegistry } from "../../../lab/registry.js";
import type { LabRegistry } from "../../../lab/registry.js";
import { inlineStack, loadProgram } from "../../support/engine.js";
import type { InlineStack } from "../../support/engine.js";
import { startGitHost } from "./git-host.js";
import type { GitHost } from "./git-host.js";
import { openLab } from "./lab-fleet.js";

const program = path.join(__dirname, "..", "..", "..", "examples", "article", "index.ts");

/** Author of the commits of the platform's image automation. */
export const botEmail = "fluxcdbot@example.com";

/** Everything that runs for the article. */
export interface ArticlePlace {
  readonly host: GitHost;
  readonly registry: LabRegistry;
  /** eu-west-1, which also writes tags, and europe-west1; both in production. */
  readonly clusters: readonly [LabCluster, LabCluster];
  readonly stack: InlineStack;
  /** Whether git finds a good signature of the platform's image automation on a commit. */
  isSigned(repository: string, commit: string): boolean;
  /** A file at the head of `main`. @throws when there is none */
  fileAtHead(repository: string, file: string): string;
  /** A file of `main` in each commit that changed it, oldest first. */
  history(repository: string, file: string): readonly string[];
  end(): Promise<void>;
}

/** Starts it all. Nothing is on the clusters or in the fleet repository, and no image is newer than the program's. */
export async function openArticlePlace(): Promise<ArticlePlace> {
  const lab: Lab = await openLab();
  const keys = mkdtempSync(path.join(tmpdir(), "flux-fleet-article-"));
  const [host, registry, breakGlass, staging, ...clusters] = await Promise.all([
    startGitHost({ "fleet-infra": ["platform", "fleet-bot"], "payments-app": ["payments-bot"] }, [
      "reader",
    ]),
    startRegistry(),
    generateIdentity(),
    generateIdentity(),
    lab.startCluster("article-west"),
    lab.startCluster("article-central"),
  ]);
  await host.commit("payments-app", "main", application(registry.host));
  await registry.pushChart("charts/ingress-nginx", ingressChart);
  await registry.pushImage("payment-service", "1.3.2");
  await registry.pushImage("payments-api", "1.0.0");
  const signingKey = makeSigningKey(keys);
  const secret = (value: string): { value: string; secret: true } => ({ value, secret: true });
  const logins = {
    gitPush: "platform",
    gitRead: "reader",
    bot: "fleet-bot",
    paymentsBot: "payments-bot",
  };
  const stack = await inlineStack({
    program: loadProgram(program),
    config: {
      repository: { value: host.url("fleet-infra") },
      paymentsApplication: { value: host.url("payments-app") },
      gitCa: { value: host.account("reader").ca },
      registry: { value: registry.host },
      registryInsecure: { value: "true" },
      ...Object.fromEntries(
        Object.entries(logins).flatMap(([key, name]) => [
          [`${key}User`, { value: name }],
          [`${key}Token`, secret(host.account(name).token)],
        ]),
      ),
      botSigningKey: secret(signingKey),
      databaseUser: { value: "payment" },
      databasePassword: secret("of the payment database"),
      breakGlass: { value: breakGlass.recipient },
      recipientEuCentral1: { value: staging.recipient },
      kubeconfigEuWest1: secret(clusters[0].kubeconfig),
      kubeconfigEuropeWest1: secret(clusters[1].kubeconfig),
    },
  });
  const git = (repository: string, ...args: readonly string[]): string =>
    execFileSync("git", ["--git-dir", host.bareDirectory(repository), ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    host,
    registry,
    clusters,
    stack,
    isSigned(repository, commit) {
      const signers = `gpg.ssh.allowedSignersFile=${path.join(keys, "signers")}`;
      try {
        git(repository, "-c", signers, "verify-commit", commit);
        return true;
      } catch {
        return false;
      }
    },
    fileAtHead: (repository, file) => git(repository, "show", `main:${file}`),
    history: (repository, file) =>
      git(repository, "rev-list", "--reverse", "main", "--", file)
        .trim()
        .split("\n")
        .map((commit) => git(repository, "show", `${commit}:${file}`)),
    async end() {
      stack.dispose();
      await Promise.all([...clusters.map(async (one) => one.remove()), registry.close()]);
      await host.close();
      await lab.stop();
      rmSync(keys, { recursive: true, force: true });
    },
  };
}

/** An SSH key, and the file that tells git whose signatures are good. @returns its private half */
function makeSigningKey(directory: string): string {
  const file = path.join(directory, "bot");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", botEmail, "-f", file]);
  writeFileSync(
    path.join(directory, "signers"),
    `${botEmail} ${readFileSync(`${file}.pub`, "utf8")}`,
  );
  return readFileSync(file, "utf8");
}

/** What the chart of the ingress controller is about here: a Deployment that has to become available. */
const ingressChart = {
  version: "4.13.0",
  files: {
    "values.yaml": "controller: { replicaCount: 1 }\n",
    "templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: { name: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.controller.replicaCount }}
  selector: { matchLabels: { app: ingress } }
  template:
    metadata: { labels: { app: ingress } }
    spec:
      containers: [{ name: controller, image: "registry.example.com/ingress:1" }]
`,
  },
};

/** The tenant's repository, with a marker of the tenant's own policy. */
function application(registry: string): Readonly<Record<string, string>> {
  return {
    "deploy/production/app.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments-api
spec:
  selector:
    matchLabels:
      app: payments-api
  template:
    metadata:
      labels:
        app: payments-api
    spec:
      containers:
        - name: payments-api
          image: ${registry}/payments-api:1.0.0 # {"$imagepolicy": "payments:payments-api"}
`,
  };
}
