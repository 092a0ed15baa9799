import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type {
  AgeConfirmation,
  AgeObservation,
  RecordedAge,
} from "../../graph/changes/identities.js";
import { ageRecipients, encryptedTo, nextAge } from "../../graph/changes/identities.js";

/** Where a run ends: killed before its commit, between commit and Secret, or not at all. */
const endings = ["before the commit", "before the Secret", "at its end"] as const;
const recipients = ["age1a", "age1b", "age1c"] as const;
const kustomizations = [0, 1, 2] as const;

type Event =
  | { readonly kind: "declare"; readonly recipient: string }
  | { readonly kind: "up"; readonly ending: (typeof endings)[number] }
  /** One Kustomization applies a later commit, not always the last. */
  | { readonly kind: "reconcile"; readonly which: number; readonly steps: number }
  /** The cluster goes away for Pulumi, or comes back. Flux goes on all the while. */
  | { readonly kind: "outage" }
  /** A person looks at a cluster that Pulumi cannot see, and states what is true. */
  | { readonly kind: "state"; readonly step: AgeConfirmation["step"] };

const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant(endings[2]) },
  { weight: 1, arbitrary: fc.constantFrom(...endings) },
);

const up: fc.Arbitrary<Event> = ending.map((one) => ({ kind: "up", ending: one }));

const recipient = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(recipients[0], recipients[1]) },
  { weight: 1, arbitrary: fc.constant(recipients[2]) },
);

/** Somebody declares an identity and runs `up` for a while, before the next event. */
const change: fc.Arbitrary<readonly Event[]> = fc
  .tuple(recipient, fc.array(up, { maxLength: 4 }))
  .map(([to, ups]) => [{ kind: "declare", recipient: to }, ...ups]);

const reconciliation: fc.Arbitrary<Event> = fc
  .tuple(fc.constantFrom(...kustomizations), fc.integer({ min: 1, max: 3 }))
  .map(([which, steps]) => ({ kind: "reconcile", which, steps }));

const statement: fc.Arbitrary<Event> = fc
  .constantFrom("installed" as const, "applied" as const)
  .map((step) => ({ kind: "state", step }));

const events: fc.Arbitrary<readonly Event[]> = fc.oneof(
  { weight: 4, arbitrary: change },
  { weight: 2, arbitrary: fc.array(up, { minLength: 1, maxLength: 3 }) },
  { weight: 4, arbitrary: fc.array(reconciliation, { minLength: 1, maxLength: 4 }) },
  { weight: 2, arbitrary: fc.tuple(statement, up) },
  { weight: 1, arbitrary: fc.constant([{ kind: "outage" }] as const) },
);

/** One cluster, the branch it reads, and the program that drives it. */
class World {
  declared: string = recipients[0];
  confirmed: AgeConfirmation | undefined;
  isAway = false;
  /** The commits of the branch. */
  readonly commits: RecordedAge[] = [{ recipient: recipients[0] }];
  /** Recipients of the identities in the live Secret. */
  secret: readonly string[] = [recipients[0]];
  /** The commit that each Kustomization applied last. */
  readonly applied = kustomizations.map(() => 0);

  constructor(readonly isPrivate: boolean) {}

  get head(): RecordedAge {
    const head = this.commits.at(-1);
    assert.ok(head);
    return head;
  }

  get headIndex(): number {
    return this.commits.length - 1;
  }

  handle(event: Event): void {
    switch (event.kind) {
      case "declare":
        this.declared = event.recipient;
        // A statement about another recipient is refused, so it has to be taken out.
        if (this.confirmed?.recipient !== event.recipient) this.confirmed = undefined;
        return;
      case "up":
        this.up(event.ending);
        return;
      case "reconcile": {
        const before = this.applied[event.which] ?? 0;
        this.applied[event.which] = Math.min(this.headIndex, before + event.steps);
        return;
      }
      case "outage":
        this.isAway = !this.isAway;
        return;
      case "state":
        this.state(event.step);
    }
  }

  private observation(): AgeObservation {
    if (this.isAway || this.isPrivate) return {};
    const behind = kustomizations.filter((which) => this.applied[which] !== this.headIndex);
    return { installed: this.secret, behind: behind.map(String) };
  }

  private up(ending: (typeof endings)[number]): void {
    if (ending === "before the commit") return;
    const { declared, confirmed } = this;
    const next = nextAge({ recipient: declared, confirmed }, this.head, this.observation());
    if (JSON.stringify(next) !== JSON.stringify(this.head)) this.commits.push(next);
    // On a private cluster a person installs what the commit says, some time later.
    if (ending === "before the Secret" || this.isAway) return;
    this.secret = ageRecipients(next).installed;
  }

  private state(step: AgeConfirmation["step"]): void {
    const { declared, head } = this;
    const isInstalled = head.phase === "introducing" && this.secret.includes(declared);
    const isApplied =
      head.phase === "reencrypting" && this.applied.every((commit) => commit === this.headIndex);
    const isTrue = head.next === declared && (step === "installed" ? isInstalled : isApplied);
    if (isTrue) this.confirmed = { recipient: declared, step };
  }

  /** Every commit that some Kustomization may still apply, from the one it applied last to the head. */
  assertReadable(): void {
    const oldest = Math.min(...this.applied);
    for (const commit of this.commits.slice(oldest)) {
      assert.ok(
        this.secret.includes(encryptedTo(commit)),
        `a file for ${encryptedTo(commit)}, read with ${this.secret.join(" and ")}`,
      );
    }
  }
}

function histories(): fc.Arbitrary<{
  readonly isPrivate: boolean;
  readonly story: readonly Event[];
}> {
  return fc.record({
    isPrivate: fc.boolean(),
    story: fc.array(events, { minLength: 1, maxLength: 24 }).map((parts) => parts.flat()),
  });
}

it("lets every cluster read every file it may still apply, whenever a run ends and whoever is away", () => {
  fc.assert(
    fc.property(histories(), ({ isPrivate, story }) => {
      const world = new World(isPrivate);
      for (const event of story) {
        world.handle(event);
        world.assertReadable();
      }
    }),
    { numRuns: 5000 },
  );
});

it("arrives at what is declared once nothing is in the way any more", () => {
  fc.assert(
    fc.property(histories(), ({ isPrivate, story }) => {
      const world = new World(isPrivate);
      for (const event of story) world.handle(event);
      world.isAway = false;
      for (let run = 0; run < 8; run++) {
        for (const step of ["installed", "applied"] as const) {
          for (const which of kustomizations) world.handle({ kind: "reconcile", which, steps: 99 });
          world.handle({ kind: "state", step });
        }
        // A private cluster finishes one rotation before the next one is declared.
        const { next } = world.head;
        const wanted = world.declared;
        if (isPrivate && world.head.phase === "reencrypting" && next !== undefined) {
          world.handle({ kind: "declare", recipient: next });
          world.handle({ kind: "state", step: "applied" });
        }
        world.handle({ kind: "up", ending: "at its end" });
        world.handle({ kind: "declare", recipient: wanted });
        world.assertReadable();
      }
      assert.deepEqual(world.head, { recipient: world.declared });
      assert.deepEqual(world.secret, [world.declared]);
    }),
    { numRuns: 500 },
  );
});
