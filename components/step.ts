import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/** What a Step records and what it does. */
export interface StepArgs<T> {
  /**
   * The declaration and what this run observed; small, never secret. The Step runs when it differs
   * from the input recorded by its last success.
   */
  readonly input: Readonly<Record<string, unknown>>;
  /**
   * Whether the world already is as `input` says. A settled Step does not run although its last run
   * left another `performed` behind; an unsettled one always runs, also when `input` is what it was.
   */
  readonly settled: boolean;
  /** The work, done in this process during `up`. A throw fails the Step and leaves its state as it was. */
  readonly run: (previous: Readonly<Record<string, unknown>> | undefined) => Promise<T>;
  /** Checked in previews as well as before `run`; a throw fails the preview. */
  readonly check?: (previous: Readonly<Record<string, unknown>> | undefined) => void;
}

/** The Stash that holds a Step's input, and what its run returned. */
export interface Step<T> {
  /** What other resources depend on. */
  readonly resource: pulumi.Resource;
  /** The value of `run`; `undefined` when the Step did not have to run, or was left out by `--target`. */
  readonly result: pulumi.Output<T | undefined>;
}

/**
 * The one mechanism for side effects: a `pulumi.Stash` holds a small input, and a hook that runs in
 * this process before the Stash is created or updated does the work. Only when it succeeds is the
 * input recorded, so a failed run is tried again by the next `up`. Nothing happens on delete.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/resources/options/hooks/
 */
export function step<T>(
  name: string,
  args: StepArgs<T>,
  opts: pulumi.CustomResourceOptions,
): Step<T> {
  let result: T | undefined;
  const isDryRun = pulumi.runtime.isDryRun();
  const before = new pulumi.ResourceHook(
    `${name}-run`,
    inThisContext(async ({ oldInputs }) => {
      const previous = recorded(oldInputs);
      args.check?.(previous);
      if (!isDryRun) result = await args.run(previous);
    }),
    { onDryRun: args.check !== undefined },
  );
  // `performed` makes an unsettled Step differ from what is recorded, whatever that is. In a preview it
  // is unknown, so that a saved plan stays valid.
  const performed = isDryRun ? pulumi.unknown : new Date().toISOString();
  const stash = new pulumi.Stash(
    name,
    { input: { ...args.input, performed: args.settled ? "" : performed } },
    {
      ...opts,
      retainOnDelete: true,
      ignoreChanges: args.settled ? ["input.performed"] : [],
      hooks: { beforeCreate: [before], beforeUpdate: [before] },
    },
  );
  return { resource: stash, result: pulumi.output(stash.id).apply(() => result) };
}

/**
 * The engine calls a hook from outside of the program's asynchronous context, in which an inline program
 * keeps its settings; without it `pulumi.log` inside a hook reaches nobody.
 */
export function inThisContext(hook: pulumi.ResourceHookFunction): pulumi.ResourceHookFunction {
  return AsyncResource.bind(hook);
}

function recorded(
  oldInputs: Record<string, unknown> | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const input = oldInputs?.["input"];
  return typeof input === "object" && input !== null
    ? (input as Record<string, unknown>) // the shape every Step records
    : undefined;
}
