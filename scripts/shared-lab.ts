import type { Lab } from "../lab/index.js";

/** The one lab of a run: test files attach to it through the environment of their process. */
export class SharedLab {
  #lab: Promise<Lab> | undefined;

  /** What a test process needs in its environment to attach; empty until {@link start}. */
  env: NodeJS.ProcessEnv = {};

  /** Starts two clusters and the Git server; parts must be built. */
  async start(): Promise<void> {
    // Loaded here, so that `npm run check` and pure mutants never touch the lab.
    const { startLab } = await import("../lab/index.js");
    this.#lab = startLab({
      clusters: 2,
      onProgress: (text: string) => console.log(`lab: ${text}`),
    });
    const lab = await this.#lab;
    this.env = { PULUMI_FLUX_FLEET_LAB: lab.stateFile };
  }

  /** Ends the lab, also one that is still starting. */
  async stop(): Promise<void> {
    const lab = await this.#lab?.catch(() => undefined);
    this.#lab = undefined;
    await lab?.stop();
  }
}
