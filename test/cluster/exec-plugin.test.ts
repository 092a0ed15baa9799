import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clusterClient, waitForFleet } from "../../cluster/index.js";
import { kubeconfigOf, reader, refusal } from "./access.js";
import { startApiServer, type ApiServer } from "./api-server.js";
import { commits, Stage } from "./stage.js";

const namespaces = { apiVersion: "v1", kind: "Namespace" };

let api: ApiServer;
let directory: string;
before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "exec-plugin-"));
  api = await startApiServer();
});
after(async () => {
  await api.stop();
  rmSync(directory, { recursive: true, force: true });
});

const kubeconfig = ({ user }: { readonly user: object }): string =>
  kubeconfigOf({ server: api.server, ca: api.ca, user });

describe("an exec plugin", () => {
  /** A plugin that answers with the content of a file and keeps count. */
  function plugin(name: string): {
    user: object;
    give: (answer: object | string) => void;
    runs: () => number;
  } {
    const file = (suffix: string): string => path.join(directory, `${name}.${suffix}`);
    writeFileSync(file("runs"), "");
    const script = `echo run >> "$RUNS"; test -n "$KUBERNETES_EXEC_INFO" || exit 3; cat "$ANSWER"; test ! -e "$ANSWER.fail"`;
    const env = { RUNS: file("runs"), ANSWER: file("answer") };
    return {
      user: {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: "/bin/sh",
          args: ["-c", script],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          interactiveMode: "Never",
        },
      },
      give: (answer) => {
        const text = typeof answer === "string" ? answer : JSON.stringify(answer);
        writeFileSync(file("answer"), text);
      },
      runs: () => readFileSync(file("runs"), "utf8").split("\n").length - 1,
    };
  }
  function credential(status: object): object {
    return { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
  }
  const soon = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

  it("is run once for many requests, also when its token names no end", async () => {
    const token = await (await reader(api, "endless"))("endless");
    const { user, give, runs } = plugin("endless");
    give(credential({ token }));
    const client = clusterClient(kubeconfig({ user }));
    for (let count = 0; count < 5; count++) await client.list(namespaces);
    await Promise.all(Array.from({ length: 5 }, () => client.list(namespaces)));
    assert.equal(runs(), 1);
    client.close();
  });
  it("is asked for a new token when the old one is refused, whatever its end says", async () => {
    const issue = await reader(api, "rotated");
    const { user, give, runs } = plugin("rotated");
    give(credential({ token: await issue("rotated-1"), expirationTimestamp: soon(3600) }));
    const client = clusterClient(kubeconfig({ user }));
    await client.list(namespaces);
    give(credential({ token: await issue("rotated-2"), expirationTimestamp: soon(3600) }));
    await api.other.delete("/api/v1/namespaces/default/secrets/rotated-1");
    // An API server remembers for ten seconds that it accepted a token.
    for (let second = 0; second < 14; second++) {
      await sleep(1_000);
      await client.list(namespaces);
      await client.list(namespaces);
    }
    assert.equal(runs(), 2);
    client.close();
  });
  it("may answer with a client certificate", async () => {
    const { user, give } = plugin("certificate");
    const admin = JSON.stringify(api.kubeconfig);
    assert.ok(admin.includes("client-certificate-data"));
    const pem = (field: string): string => {
      const found = new RegExp(`${field}: (\\S+)`).exec(api.kubeconfig)?.[1] ?? "";
      return Buffer.from(found, "base64").toString();
    };
    give(
      credential({
        clientCertificateData: pem("client-certificate-data"),
        clientKeyData: pem("client-key-data"),
      }),
    );
    const client = clusterClient(kubeconfig({ user }));
    assert.ok((await client.list(namespaces)).length > 0);
    client.close();
  });
  for (const [title, answer] of [
    ["answers nonsense", "no json"],
    ["answers without a status", {}],
  ] as const) {
    it(`that ${title} is a finding that names its command`, async () => {
      const { user, give } = plugin("nonsense");
      give(answer);
      const error = await refusal(kubeconfig({ user }));
      assert.equal(error.code, "CLUSTER_CREDENTIALS_FAILED");
      assert.match(error.message, /exec plugin "\/bin\/sh"/);
    });
  }
  it("that does not exist is a finding", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/nonexistent/login" };
    const error = await refusal(kubeconfig({ user: { exec } }));
    assert.equal(error.code, "CLUSTER_CREDENTIALS_FAILED");
    assert.match(error.message, /\/nonexistent\/login/);
  });

  it("is asked for a new token while the waiting for a fleet goes on", async () => {
    const issue = await reader(api, "waiting");
    const { user, give, runs } = plugin("waiting");
    give(credential({ token: await issue("waiting-1"), expirationTimestamp: soon(3) }));
    const stage = await Stage.open(api.client, "exec-wait");
    await stage.declare("root");
    const client = clusterClient(kubeconfig({ user }), { name: "eu" });
    const lines: string[] = [];
    const waiting = waitForFleet([{ ...stage.cluster(), client }], {
      commit: commits.ours,
      isDescendant: () => Promise.resolve(false),
      timeoutMs: 60_000,
      onProgress: (_, line) => lines.push(line),
    });
    await eventuallyTrue(() => lines.length > 0);
    give(credential({ token: await issue("waiting-2"), expirationTimestamp: soon(3600) }));
    await api.other.delete("/api/v1/namespaces/default/secrets/waiting-1");
    await sleep(12_000);
    await stage.applied("root", commits.ours);
    await waiting;
    assert.equal(runs(), 2);
    assert.ok(
      lines.every((line) => !line.includes("cannot") && !line.includes("accept")),
      lines.join("\n"),
    );
    client.close();
  });
});

async function eventuallyTrue(check: () => boolean): Promise<void> {
  for (let attempt = 0; !check(); attempt++) {
    assert.ok(attempt < 100);
    await sleep(50);
  }
}
