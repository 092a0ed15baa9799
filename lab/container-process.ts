import type { HostCommand } from "./container-command.js";
import { isAborted, pause } from "./pause.js";
import { askProbe } from "./probe.js";
import type { Container, ContainerState, ContainerStatus, Probe } from "./pod.js";
import type { Exit, Managed, ProcessTable } from "./processes.js";

/** What one container runs as. */
export interface ContainerPlan {
  readonly container: Container;
  readonly name: string;
  readonly binary: string;
  readonly command: HostCommand;
  readonly directory: string;
  readonly logFile: string;
  readonly processes: ProcessTable;
  /** Ports of this machine for the probes. */
  readonly probePorts: {
    readonly readiness: number | undefined;
    readonly liveness: number | undefined;
  };
  /** Starts made before, when the pod ran already. */
  readonly restarts: number;
  /** The status changed. */
  readonly onChange: () => void;
}

const firstRestartMs = 1000;
const longestRestartMs = 10_000;
const calmMs = 60_000;
const eagerProbeMs = 100;
const steadyProbeMs = 1000;

/** One container of a pod as a host process: started, probed, and started again when it ends. */
export class ContainerProcess {
  readonly #plan: ContainerPlan;
  readonly #stopping = new AbortController();
  #process: Managed | undefined;
  #restarts: number;
  #ready = false;
  #state: ContainerState = { waiting: { reason: "ContainerCreating" } };
  #lastState: ContainerState | undefined;
  #loop: Promise<void> | undefined;

  constructor(plan: ContainerPlan) {
    this.#plan = plan;
    this.#restarts = plan.restarts;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#process?.isRunning() === true ? this.#process.pid : undefined;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends the process for good; killed after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop(graceMs);
    await this.#loop;
  }

  status(): ContainerStatus {
    const { name, image } = this.#plan.container;
    return {
      name,
      image,
      imageID: image,
      ...(this.pid === undefined ? {} : { containerID: `lab://${String(this.pid)}` }),
      ready: this.#ready,
      started: this.#state.running !== undefined,
      restartCount: this.#restarts,
      state: this.#state,
      ...(this.#lastState === undefined ? {} : { lastState: this.#lastState }),
    };
  }

  async #run(): Promise<void> {
    let delayMs = firstRestartMs;
    while (!isAborted(this.#stopping.signal)) {
      const startedAt = new Date();
      const managed = this.#launch(startedAt);
      const ended = new AbortController();
      const probing = this.#probe(ended.signal, managed);
      const exit = await managed.exited;
      ended.abort();
      await probing;
      this.#ready = false;
      this.#state = terminated(exit, startedAt);
      if (isAborted(this.#stopping.signal)) break;
      if (Date.now() - startedAt.getTime() > calmMs) delayMs = firstRestartMs;
      this.#lastState = this.#state;
      this.#state = {
        waiting: {
          reason: "CrashLoopBackOff",
          message: `back-off ${String(delayMs / 1000)}s restarting failed container=${this.#plan.container.name}`,
        },
      };
      this.#plan.onChange();
      await pause(delayMs, this.#stopping.signal);
      delayMs = Math.min(delayMs * 2, longestRestartMs);
      if (!isAborted(this.#stopping.signal)) this.#restarts++;
    }
    this.#plan.onChange();
  }

  #launch(startedAt: Date): Managed {
    const { binary, command, directory, logFile, name, processes } = this.#plan;
    const managed = processes.start({ name, command: binary, ...command, directory, logFile });
    this.#process = managed;
    // A stop that came between the decision to start and the start.
    if (isAborted(this.#stopping.signal)) managed.signal("SIGKILL");
    this.#state = { running: { startedAt: kubernetesTime(startedAt) } };
    this.#plan.onChange();
    return managed;
  }

  async #probe(ended: AbortSignal, managed: Managed): Promise<void> {
    const { container, probePorts } = this.#plan;
    await Promise.all([
      this.#watchReadiness(container.readinessProbe, probePorts.readiness, ended),
      watchLiveness(container.livenessProbe, probePorts.liveness, ended, managed),
    ]);
  }

  async #watchReadiness(
    probe: Probe | undefined,
    port: number | undefined,
    ended: AbortSignal,
  ): Promise<void> {
    if (probe === undefined || port === undefined) {
      this.#setReady(!isAborted(ended));
      return;
    }
    let failures = 0;
    while (!isAborted(ended)) {
      const answered = await askProbe(probe, port);
      if (isAborted(ended)) return;
      failures = answered ? 0 : failures + 1;
      if (answered) this.#setReady(true);
      else if (failures >= (probe.failureThreshold ?? 3)) this.#setReady(false);
      await pause(this.#ready ? steadyProbeMs : eagerProbeMs, ended);
    }
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#plan.onChange();
  }
}

async function watchLiveness(
  probe: Probe | undefined,
  port: number | undefined,
  ended: AbortSignal,
  managed: Managed,
): Promise<void> {
  if (probe === undefined || port === undefined) return;
  let failures = 0;
  while (!isAborted(ended)) {
    await pause((probe.periodSeconds ?? 10) * 1000, ended);
    if (isAborted(ended)) return;
    failures = (await askProbe(probe, port)) ? 0 : failures + 1;
    if (failures >= (probe.failureThreshold ?? 3)) {
      await managed.stop(5000);
      return;
    }
  }
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSEGV: 11,
  SIGABRT: 6,
};

function terminated(exit: Exit, startedAt: Date): ContainerState {
  const signal = exit.signal === null ? undefined : (signalNumbers[exit.signal] ?? 1);
  const exitCode = exit.code ?? 128 + (signal ?? 0);
  return {
    terminated: {
      exitCode,
      ...(signal === undefined ? {} : { signal }),
      reason: exitCode === 0 ? "Completed" : exit.error === undefined ? "Error" : "StartError",
      ...(exit.error === undefined ? {} : { message: exit.error }),
      startedAt: kubernetesTime(startedAt),
      finishedAt: kubernetesTime(new Date()),
    },
  };
}

/** A time as Kubernetes writes it: UTC, whole seconds. */
export function kubernetesTime(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
