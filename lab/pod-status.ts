import { kubernetesTime } from "./container-process.js";
import type { Condition, ContainerStatus, PodStatus } from "./pod.js";

/** What a pod's status follows from. */
export interface PodFacts {
  /** The status in the API server; conditions of others and transition times are kept. */
  readonly observed: PodStatus | undefined;
  readonly containers: readonly ContainerStatus[];
  readonly podIP: string;
  readonly now: Date;
}

const mine = ["Initialized", "ContainersReady", "Ready", "PodReadyToStartContainers"];

/** The status of a pod whose containers are meant to run for ever, as a kubelet would report it. */
export function podStatus({ observed, containers, podIP, now }: PodFacts): PodStatus & object {
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const started = containers.every(
    ({ state, lastState, restartCount }) =>
      state.waiting === undefined || lastState !== undefined || restartCount > 0,
  );
  const readiness =
    unready.length === 0
      ? ({ status: "True" } as const)
      : ({
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.join(" ")}]`,
        } as const);
  const conditions: Condition[] = [
    { type: "PodReadyToStartContainers", status: "True" },
    { type: "Initialized", status: "True" },
    { type: "ContainersReady", ...readiness },
    { type: "Ready", ...readiness },
  ];
  const others = (observed?.conditions ?? []).filter(({ type }) => !mine.includes(type));
  return {
    phase: started ? "Running" : "Pending",
    conditions: [...others, ...conditions.map((one) => withTransition(one, observed, now))],
    containerStatuses: containers,
    podIP,
    startTime: observed?.startTime ?? kubernetesTime(now),
    ...{ hostIP: "127.0.0.1", podIPs: [{ ip: podIP }] },
  };
}

function withTransition(
  condition: Condition,
  observed: PodStatus | undefined,
  now: Date,
): Condition {
  const before = observed?.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    before?.status === condition.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : kubernetesTime(now);
  return { ...condition, lastTransitionTime };
}
