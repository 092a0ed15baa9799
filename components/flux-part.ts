import type { PartHandle } from "./fleet/part.js";

/** The cluster on which objects live. */
export interface PlaceCluster {
  readonly name: string;
  readonly environment: string;
}

/** Where the objects of a source, release, notification or image automation live. */
export interface FluxPlace {
  /** Namespace of every object. */
  readonly namespace: string;
  /** ServiceAccount of that Namespace with whose rights Flux acts. */
  readonly serviceAccountName: string;
  /** Labels of every object, for example that of the tenant. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** The cluster, when there is only one: what notifications say of themselves. @default not known */
  readonly cluster?: PlaceCluster;
}

/** A Secret in the Namespace of the object that reads it: one of the program, or one that others make. */
export type SecretReference = PartHandle<"secret"> | { readonly name: string };
