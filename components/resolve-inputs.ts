import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../graph/unknown-value.js";

/** `T` with every `Input` replaced by its value. */
export type Resolved<T> =
  T extends pulumi.Output<infer U>
    ? Resolved<U>
    : T extends Promise<infer U>
      ? Resolved<U>
      : T extends string | number | boolean | null | undefined
        ? T
        : T extends readonly (infer U)[]
          ? readonly Resolved<U>[]
          : { readonly [K in keyof T]: Resolved<T[K]> };

/**
 * Waits for every Output inside plain data. One that is not known in this preview becomes
 * `unknownValue`, which the pure core skips and which makes only its own files unknown.
 */
export async function resolveInputs<T>(value: T): Promise<Resolved<T>> {
  return (await walk(value, settle)) as Resolved<T>;
}

/** The same data with every Output and Promise replaced by `unknownValue`: what is plain can be checked at once. */
export function plainPart<T>(value: T): Resolved<T> {
  return mapLeaves(value) as Resolved<T>;
}

function mapLeaves(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownValue;
  if (Array.isArray(value)) return value.map(mapLeaves);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item)]));
}

async function walk(
  value: unknown,
  leaf: (output: pulumi.Output<unknown>) => Promise<unknown>,
): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) return leaf(value);
  if (value instanceof Promise) return walk(await value, leaf);
  if (Array.isArray(value)) return Promise.all(value.map((item: unknown) => walk(item, leaf)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    async ([key, item]): Promise<[string, unknown]> => [key, await walk(item, leaf)],
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function settle(output: pulumi.Output<unknown>): Promise<unknown> {
  // `isKnown` and `promise` are on every Output of every SDK version, but not in its declarations.
  const internals = output as unknown as {
    readonly isKnown: Promise<boolean>;
    promise(withUnknowns: boolean): Promise<unknown>;
  };
  return (await internals.isKnown) ? internals.promise(true) : unknownValue;
}
