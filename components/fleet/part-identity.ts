import type { AgeSubject } from "../../graph/changes/identity-subject.js";
import type {
  AgeObservation,
  AgeRecipients,
  DeclaredAge,
  RecordedAge,
} from "../../graph/changes/identities.js";
import { ageRecipients, nextAge } from "../../graph/changes/identities.js";
import { unknownValue } from "../../graph/values/unknown-value.js";
import type { GeneratedIdentity } from "../sops/sealing/index.js";
import type { TenantPart } from "../tenant/tenant.js";
import type { ClusterPart } from "./cluster.js";
import type { PartHandle } from "./part.js";

/** More identities of one part are a mistake. */
export const maxGenerations = 1000;

/** What resolving the identity of a part needs besides its declaration. */
export interface IdentityContext {
  /** What the commit at head says of it. */
  readonly head: RecordedAge | undefined;
  /** How many generations the fleet made of it by the commit at head. @default none */
  readonly madeBefore?: number | undefined;
  /** The identities that the fleet made, by {@link identityKey}. @default none is known yet */
  readonly identities?: ReadonlyMap<string, GeneratedIdentity> | undefined;
  /** What was seen of it. @default nothing */
  readonly seen?: AgeObservation | undefined;
}

/** The identity of a cluster or tenant as one commit has it. */
export interface PartIdentity {
  /** What the ownership file will remember. */
  readonly age: RecordedAge;
  /** Who can read what. */
  readonly recipients: AgeRecipients;
  /** What its findings are made from. */
  readonly subject: AgeSubject;
  /** The generations that the fleet keeps, oldest first: it forgets none that it ever made. */
  readonly generations: readonly number[];
  /** Texts of the identities at hand by recipient; undefined when somebody else installs them. */
  readonly identities: ReadonlyMap<string, string> | undefined;
}

/** Tells the identity of one generation of a part from every other that the fleet made; without generation, how all of the part begin. */
export function identityKey({ kind, name }: PartHandle, generation: number | ""): string {
  return `${kind}/${name}/${String(generation)}`;
}

/** The identity of a cluster that decrypts something. */
export function clusterIdentity(part: ClusterPart<string>, context: IdentityContext): PartIdentity {
  const { age, kubeconfig } = part.args;
  return partIdentity(part, age, context, kubeconfig !== undefined);
}

/** The identity of a tenant; undefined when it has none of its own. Its Secret is in Git, so it is always installed. */
export function tenantIdentity(
  part: TenantPart<string>,
  context: IdentityContext,
): PartIdentity | undefined {
  const { age } = part.args;
  return age && partIdentity(part, age, context, true);
}

/** Both kinds of keys, as far as identities go. */
interface AgeArgs {
  readonly recipient?: string;
  readonly identity?: string | undefined;
  readonly generation?: number | undefined;
  readonly postQuantum?: boolean | undefined;
  readonly previous?:
    { readonly recipient: string; readonly identity?: string | undefined } | undefined;
  readonly confirmed?: DeclaredAge["confirmed"];
  readonly abandon?: DeclaredAge["abandon"];
}

function partIdentity(
  part: PartHandle<"cluster" | "tenant">,
  args: AgeArgs = {},
  { head, madeBefore, identities: generated, seen }: IdentityContext,
  isInReach: boolean,
): PartIdentity {
  const { confirmed, abandon, previous, identity } = args;
  const isGenerated = args.recipient === undefined;
  const wanted = isGenerated ? (args.generation ?? 1) : 0;
  const generations = upTo(Math.max(wanted, madeBefore ?? 0));
  const made = generations.map((generation) => generated?.get(identityKey(part, generation)));
  const declared = {
    recipient: args.recipient ?? made[wanted - 1]?.recipient ?? unknownValue,
    confirmed,
    abandon,
  };
  const age = nextAge(declared, head, seen);
  const recipients = ageRecipients(age);
  const isManaged = isGenerated || identity !== undefined;
  const pairs = [{ recipient: declared.recipient, identity }, previous, ...made].flatMap((pair) =>
    pair?.identity === undefined ? [] : [[pair.recipient, pair.identity] as const],
  );
  const identities = isManaged ? new Map(pairs) : undefined;
  // Before the state was read nothing is known of what it holds, so nothing is missing.
  const isChecked = identities !== undefined && !(isGenerated && generated === undefined);
  return {
    age,
    recipients,
    generations,
    identities,
    subject: {
      part,
      declared,
      head,
      age,
      seen,
      known: isChecked ? [...identities.keys()] : undefined,
      isGenerated,
      isInReach,
      postQuantum: args.postQuantum === true,
    },
  };
}

/** The whole numbers from 1; none up to what is no number of generations. */
function upTo(count: number): readonly number[] {
  const isCount = Number.isSafeInteger(count) && count <= maxGenerations;
  return isCount ? Array.from({ length: count }, (_, index) => index + 1) : [];
}
