import type * as pulumi from "@pulumi/pulumi";
import { frozenCopy } from "../../manifests/frozen-copy.js";

/** A value that may come from a resource; resolved before anything is rendered. */
export type Input = pulumi.Input<string>;

/** The identity of a part: what selectors and `dependsOn` hold. */
export interface PartHandle<Kind extends string = string> {
  /** What the part is. */
  readonly kind: Kind;
  /** Its name, unique among the parts of its kind in one fleet. */
  readonly name: string;
}

/** A plain, frozen value that declares one thing of the fleet; it creates nothing by itself. */
export interface Part<Kind extends string, Args> extends PartHandle<Kind> {
  /** The arguments as declared. */
  readonly args: Args;
}

/** A frozen part; plain objects and lists inside `args` are copied, so later changes have no effect. */
export function part<Kind extends string, Args>(
  kind: Kind,
  name: string,
  args: Args,
): Part<Kind, Args> {
  return Object.freeze({ kind, name, args: frozenCopy(args) });
}

/** The identity of a part without its arguments, so that no secret travels with a reference. */
export function handle<Kind extends string>(of: PartHandle<Kind>): PartHandle<Kind> {
  return { kind: of.kind, name: of.name };
}
