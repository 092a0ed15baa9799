import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../../../errors.js";
import type { Finding } from "../../../errors.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import type { HeadReader } from "../../../repository/index.js";
import { AgeIdentity } from "../../sops/age-identity-component.js";
import { keptSecret, knownValue } from "../../kept-secret.js";
import { envelopes, newSealSeed } from "../../sops/sealing/index.js";
import type { Envelope, GeneratedIdentity, SealSeed } from "../../sops/sealing/index.js";
import type { FleetDeclaration } from "../fleet.js";
import { formerChildNames } from "../former-names.js";
import { identityKey } from "../part-identity.js";
import { plannedEncryption } from "../render-fleet.js";
import type { PlannedEncryption } from "../render-fleet.js";
import type { RenderContext } from "../rendered.js";
import { hasKnownRecipients } from "../tree/secret-file.js";
import type { SecretFile } from "../tree/secret-file.js";

/** With what the secrets of a fleet are encrypted in this run. It holds secrets. */
export interface FleetEncryption {
  /** By `identityKey`; without those that a preview cannot know. */
  readonly identities: ReadonlyMap<string, GeneratedIdentity>;
  /** By path; without those of files that a preview does not encrypt. */
  readonly envelopes: ReadonlyMap<string, Envelope>;
  /** Warnings about what is encrypted anew. */
  readonly findings: readonly Finding[];
}

/** What decides with what secrets are encrypted. */
export interface EncryptionView {
  readonly fleet: pulumi.ComponentResource;
  readonly name: string;
  readonly declaration: FleetDeclaration;
  readonly context: RenderContext;
  /** The head that was read; undefined when Git is out of reach in a preview. */
  readonly reader: HeadReader | undefined;
}

type PlannedIdentity = PlannedEncryption["identities"][number];

/**
 * Registers the identities and the seed of a fleet, and takes from the head what its files are sealed
 * with. Nothing is registered for a fleet without secrets. Only an `up` makes new envelopes; in a
 * preview the files that need one are left out.
 *
 * @throws FleetError `STEP_LEFT_OUT` in an `up` that left out one of them
 */
export async function fleetEncryption(view: EncryptionView): Promise<FleetEncryption> {
  const { name, declaration, context, reader } = view;
  const planned = plannedEncryption(name, declaration, context);
  const identities = await registeredIdentities(planned.identities, view);
  const { files } =
    identities.size === 0
      ? planned
      : plannedEncryption(name, declaration, { ...context, identities });
  const seed = await registeredSeed(files.length > 0, view);
  if (seed === undefined || reader === undefined) {
    return { identities, envelopes: new Map(), findings: reader ? unsealed(context.record) : [] };
  }
  const sealed = await envelopesOf(files.filter(hasKnownRecipients), seed, reader, view);
  return { ...sealed, identities };
}

/** One component for each cluster and tenant that has an identity of the fleet's making. */
async function registeredIdentities(
  planned: readonly PlannedIdentity[],
  view: EncryptionView,
): Promise<ReadonlyMap<string, GeneratedIdentity>> {
  const byOwner = new Map<string, PlannedIdentity>();
  // The newest comes last, and says how many there are.
  for (const one of [...unwantedIdentities(view), ...planned]) {
    byOwner.set(identityKey(one.owner, ""), one);
  }
  const registered = [...byOwner.values()].map((newest) => ({
    newest,
    component: new AgeIdentity(
      `${view.name}-${newest.owner.kind}-${newest.owner.name}-age`,
      {
        generation: newest.generation,
        postQuantum: newest.postQuantum,
        protect: stays(newest, view),
      },
      { parent: view.fleet, aliases: formerNames(newest.owner, view) },
    ),
  }));
  const pairs = registered.flatMap(({ newest: { owner }, component }) =>
    component.generations.map(async (output, index) => {
      const value = await kept(output, `age identity of ${owner.kind} "${owner.name}"`);
      return value === undefined ? [] : [[identityKey(owner, index + 1), value] as const];
    }),
  );
  return new Map((await Promise.all(pairs)).flat());
}

/** Identities of tenants that had one until now. The engine lets them go when nothing protects them. */
function unwantedIdentities({
  declaration,
  context: { record },
}: EncryptionView): readonly PlannedIdentity[] {
  return (declaration.tenants ?? []).flatMap(({ name, args }) => {
    const generation = record?.tenants[name]?.ageGeneration;
    if (args.age !== undefined || generation === undefined) return [];
    const owner = { kind: "tenant", name } as const;
    return [{ key: identityKey(owner, generation), owner, generation, postQuantum: false }];
  });
}

/** Whether the state must not forget the identity: not when its cluster or tenant is on its way out. */
function stays({ owner }: PlannedIdentity, { declaration }: EncryptionView): boolean {
  const { clusters, tenants = [] } = declaration;
  if (owner.kind === "cluster") {
    return clusters.some(({ name, args }) => name === owner.name && args.retire === undefined);
  }
  const part = tenants.find(({ name }) => name === owner.name);
  return part?.args.offboard === undefined && part?.args.age !== undefined;
}

function formerNames(
  { kind, name: part }: PlannedIdentity["owner"],
  { name, declaration, context: { record } }: EncryptionView,
): pulumi.Alias[] {
  const list = kind === "cluster" ? "clusters" : "tenants";
  const declared = declaration[list]?.find((one) => one.name === part);
  const names = [part, declared?.args.formerly, record?.[list][part]?.firstName];
  return [...formerChildNames([[name, declaration.formerly], [kind], names, ["age"]])];
}

/** The newest seed; undefined when there is nothing to encrypt, or when a preview cannot know it. */
async function registeredSeed(
  isNeeded: boolean,
  { fleet, name, declaration, context: { record } }: EncryptionView,
): Promise<SealSeed | undefined> {
  // After the last file went the seed leaves the state, which the engine allows only unprotected.
  if (!isNeeded && record?.sops === undefined) return undefined;
  const count = declaration.sops?.seedGeneration ?? 1;
  const seeds = Array.from({ length: count }, (_, index) => {
    const role = index === 0 ? "sops-seed" : `sops-seed-${String(index + 1)}`;
    return keptSecret<SealSeed>(`${name}-${role}`, () => newSealSeed(new Date()), {
      parent: fleet,
      protect: isNeeded,
      aliases: [...formerChildNames([[name, declaration.formerly], [role]])],
    });
  });
  const newest = seeds.at(-1);
  return newest && kept(newest, "seed of the encrypted files");
}

async function envelopesOf(
  files: readonly SecretFile[],
  seed: SealSeed,
  reader: HeadReader,
  { declaration, context }: EncryptionView,
): Promise<Pick<FleetEncryption, "envelopes" | "findings">> {
  const texts = await writtenTexts(files, reader);
  const proofs: FleetRecord["sops"] = context.record?.sops;
  const plugins = declaration.sops?.plugins;
  return envelopes(
    files,
    seed,
    { textAt: (path) => texts.get(path), proofAt: (path) => proofs?.files[path] },
    {
      makeFresh: !pulumi.runtime.isDryRun(),
      ...(plugins === undefined ? {} : { plugins }),
    },
  );
}

/** The files as our last commit wrote them: what somebody else made of one of them proves nothing. */
async function writtenTexts(
  files: readonly SecretFile[],
  reader: HeadReader,
): Promise<ReadonlyMap<string, string>> {
  const { head } = reader;
  const written = head.published?.paths ?? {};
  const edited = files.flatMap(({ path }) => {
    const blob = written[path];
    return blob === undefined || head.files.get(path)?.blob === blob ? [] : [{ path, blob }];
  });
  const texts = new Map(await reader.readTexts(files.map(({ path }) => path)));
  if (edited.length === 0) return texts;
  const blobs = await reader.readBlobs(edited.map(({ blob }) => blob));
  for (const { path, blob } of edited) {
    const text = blobs.get(blob);
    if (text !== undefined) texts.set(path, text);
  }
  return texts;
}

/** What a preview says when the state is new and the repository is not. */
function unsealed(record: FleetRecord | undefined): readonly Finding[] {
  const count = Object.keys(record?.sops?.files ?? {}).length;
  if (count === 0) return [];
  return [
    {
      code: "SOPS_WRAP_UNPROVEN",
      path: "sops.seedGeneration",
      problem: `The state has no seed yet for the ${String(count)} encrypted files at the head; they are encrypted anew.`,
      remedy:
        "If the seed was not changed on purpose, look for the state that holds the former one.",
      severity: "warning",
    },
  ];
}

/** What the state holds; undefined only in a preview. */
async function kept<Value>(
  output: pulumi.Output<Value | undefined>,
  what: string,
): Promise<Value | undefined> {
  const value = await knownValue(output);
  if (value !== undefined || pulumi.runtime.isDryRun()) return value;
  throw new FleetError([
    {
      code: "STEP_LEFT_OUT",
      path: "sops",
      problem: `This run left out the ${what}, without which nothing can be encrypted.`,
      remedy: "Run up without --target, or name the Fleet's children as targets too.",
    },
  ]);
}
