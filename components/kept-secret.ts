import * as pulumi from "@pulumi/pulumi";

/**
 * A secret that is made once and then stays what it is: a `pulumi.Stash`, encrypted in the state,
 * whose value later runs neither change nor show. A run that is not to lose it cannot delete it.
 *
 * @param make - makes the first value; its result is thrown away in every later run
 * @returns the value; not known in a preview before the first `up`, and undefined in an `up` that left
 * the Stash out by `--target`
 * @see https://www.pulumi.com/docs/iac/concepts/resources/stash/
 */
export function keptSecret<Value>(
  name: string,
  make: () => pulumi.Input<Value>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Value | undefined> {
  // What a preview would make is not what `up` makes.
  const made = pulumi.runtime.isDryRun() ? pulumi.output(pulumi.unknown) : pulumi.output(make());
  const stash = new pulumi.Stash(
    name,
    { input: pulumi.secret(made) },
    { protect: true, ...opts, ignoreChanges: ["input"], retainOnDelete: true },
  );
  // The engine gives back what was made here, by this run or by an earlier one.
  return stash.output as pulumi.Output<Value | undefined>;
}

/** The value of an Output; undefined while it is not known, or when the run left its resource out. */
export async function knownValue<Value>(
  output: pulumi.Output<Value | undefined>,
): Promise<Value | undefined> {
  // Both are on every Output of every SDK version, but not in its declarations.
  const internals = output as unknown as {
    readonly isKnown: Promise<boolean>;
    promise(withUnknowns: boolean): Promise<Value | undefined>;
  };
  return (await internals.isKnown) ? internals.promise(true) : undefined;
}
