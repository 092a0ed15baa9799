import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  /** A plugin that answers its n-th run with the n-th thing it was given, or the last, and keeps count. */
  function plugin(name: string): {
    user: object;
    give: (...answers: readonly (object | string)[]) => void;
    runs: () => number;
  } {
    const file = (suffix: string): string => path.join(directory, `${name}.${suffix}`);
    writeFileSync(file("runs"), "");
    const script = `echo run >> "$RUNS"
      test -n "$KUBERNETES_EXEC_INFO" || exit 3
      next=$(ls "$ANSWERS".* | sort | head -n 1)
      soon=$("$NODE" -p 'new Date(Date.now() + 3000).toISOString()')
      sed "s/SOON/$soon/" "$next"
      if test "$(ls "$ANSWERS".* | wc -l)" -gt 1; then rm "$next"; fi`;
    const env = { RUNS: file("runs"), ANSWERS: file("answer"), NODE: process.execPath };
    let given = 0;
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
      give: (...answers) => {
        for (const name of readdirSync(directory)) {
          if (name.startsWith(path.basename(file("answer.")))) rmSync(path.join(directory, name));
        }
        for (const answer of answers) {
          const text = typeof answer === "string" ? answer : JSON.stringify(answer);
          writeFileSync(file(`answer.${String(given++).padStart(3, "0")}`), text);
        }
      },
      runs: () => readFileSync(file("runs"), "utf8").split("\n").length - 1,
    };
  }
  function credential(status: object): object {
    return { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
  }
  const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

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
    give(credential({ token: await issue("rotated-1"), expirationTimestamp: inAnHour() }));
    const client = clusterClient(kubeconfig({ user }));
    await client.list(namespaces);
    give(credential({ token: await issue("rotated-2"), expirationTimestamp: inAnHour() }));
    await api.other.delete("/api/v1/namespaces/default/secrets/rotated-1");
    // An API server remembers for ten seconds that it accepted a token.
    await eventuallyTrue(async () => {
      await client.list(namespaces);
      return runs() > 1;
    });
    for (let count = 0; count < 5; count++) await client.list(namespaces);
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
    // The end of the first is counted from the moment when the plugin runs.
    const first = await issue("waiting-1");
    give(
      credential({ token: first, expirationTimestamp: "SOON" }),
      credential({ token: await issue("waiting-2"), expirationTimestamp: inAnHour() }),
    );
    const stage = await Stage.open(api.client, "exec-wait");
    await stage.declare("root");
    const client = clusterClient(kubeconfig({ user }), { name: "eu" });
    const lines: string[] = [];
    const waiting = waitForFleet([{ ...stage.cluster(), client }], {
      commit: commits.ours,
      isDescendant: () => Promise.resolve(false),
      timeoutMs: 120_000,
      onProgress: (_, line) => lines.push(line),
    });
    await eventuallyTrue(() => lines.length > 0);
    await eventuallyTrue(() => runs() > 1);
    await api.other.delete("/api/v1/namespaces/default/secrets/waiting-1");
    // An API server remembers for ten seconds that it accepted a token.
    await eventuallyTrue(() => isRefused(first));
    const said = lines.length;
    await stage.applied("root", commits.ours);
    await waiting;
    assert.equal(runs(), 2);
    assert.ok(lines.length > said, lines.join("\n"));
    assert.ok(
      lines.every((line) => !line.includes("cannot") && !line.includes("accept")),
      lines.join("\n"),
    );
    client.close();
  });
});

async function isRefused(token: string): Promise<boolean> {
  const client = clusterClient(kubeconfig({ user: { token } }));
  try {
    await client.list(namespaces);
    return false;
  } catch {
    return true;
  } finally {
    client.close();
  }
}

async function eventuallyTrue(check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await check())) {
    assert.ok(Date.now() < deadline, "not within 60 s");
    await sleep(100);
  }
}
