import assert from "node:assert/strict";
import { test } from "node:test";
import { podStatus } from "../../lab/pod-status.js";
import type { ContainerState, ContainerStatus, PodStatus } from "../../lab/pod.js";

const now = new Date("2026-01-02T03:04:05.678Z");
const startedAt = "2026-01-02T03:00:00Z";
const container = (name: string, ready: boolean, state: ContainerState): ContainerStatus => ({
  name,
  image: "i",
  imageID: "i",
  ready,
  started: ready,
  restartCount: 0,
  state,
});
const statusOf = (containers: readonly ContainerStatus[], observed?: PodStatus): PodStatus =>
  podStatus({ observed, containers, podIP: "10.245.0.1", now });
const readyOf = ({ conditions = [] }: PodStatus): object | undefined =>
  conditions.find(({ type }) => type === "Ready");

test("a pod is Ready when every container is, and names those that are not", () => {
  const [a, b] = [
    container("a", true, { running: { startedAt } }),
    container("b", false, { running: { startedAt } }),
  ];
  assert.deepEqual(readyOf(statusOf([a])), {
    type: "Ready",
    status: "True",
    lastTransitionTime: "2026-01-02T03:04:05Z",
  });
  assert.deepEqual(readyOf(statusOf([a, b])), {
    type: "Ready",
    status: "False",
    reason: "ContainersNotReady",
    message: "containers with unready status: [b]",
    lastTransitionTime: "2026-01-02T03:04:05Z",
  });
});

test("a pod is Pending until its containers have run once, and Running from then on", () => {
  const waiting = container("a", false, { waiting: { reason: "ImagePullBackOff" } });
  assert.equal(statusOf([waiting]).phase, "Pending");
  assert.equal(statusOf([container("a", false, { running: { startedAt } })]).phase, "Running");
  const crashed = { exitCode: 1, reason: "Error", startedAt, finishedAt: startedAt };
  const state = { waiting: { reason: "CrashLoopBackOff" } };
  const backingOff = { ...container("a", false, state), lastState: { terminated: crashed } };
  assert.equal(statusOf([backingOff]).phase, "Running");
});

test("keeps the conditions of others, and the time of a condition that did not change", () => {
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: startedAt,
  } as const;
  const before = { type: "Ready", status: "True", lastTransitionTime: startedAt } as const;
  const observed = { conditions: [scheduled, before], startTime: startedAt };
  const same = statusOf([container("a", true, { running: { startedAt } })], observed);
  assert.deepEqual(same.conditions?.[0], scheduled);
  assert.deepEqual(readyOf(same), before);
  assert.equal(same.startTime, startedAt);
  const changed = statusOf([container("a", false, { running: { startedAt } })], observed);
  assert.match(JSON.stringify(readyOf(changed)), /"lastTransitionTime":"2026-01-02T03:04:05Z"/);
});
