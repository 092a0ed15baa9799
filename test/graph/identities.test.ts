import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding } from "../../errors.js";
import type { AgeObservation, DeclaredAge, RecordedAge } from "../../graph/changes/identities.js";
import { ageRecipients, nextAge } from "../../graph/changes/identities.js";
import { ageFindings } from "../../graph/changes/identity-findings.js";
import type { AgeSubject } from "../../graph/changes/identity-subject.js";
import { unknownValue } from "../../graph/values/unknown-value.js";

const settled: RecordedAge = { recipient: "age1old" };
const introducing: RecordedAge = { recipient: "age1old", phase: "introducing", next: "age1new" };
const reencrypting: RecordedAge = { recipient: "age1old", phase: "reencrypting", next: "age1new" };
const both: AgeObservation = { installed: ["age1old", "age1new"] };
const applied: AgeObservation = { ...both, behind: [], foreign: [] };

function to(recipient: string, more: Partial<DeclaredAge> = {}): DeclaredAge {
  return { recipient, ...more };
}

describe("a changing identity", () => {
  it("goes through introducing and reencrypting, each when it was seen to be done", () => {
    const declared = to("age1new");
    assert.deepEqual(nextAge(declared, settled), introducing);
    assert.deepEqual(nextAge(declared, introducing, both), reencrypting);
    assert.deepEqual(nextAge(declared, reencrypting, applied), { recipient: "age1new" });
  });

  it("is the first one at once, because nothing is encrypted to another", () => {
    assert.deepEqual(nextAge(to("age1new"), undefined), { recipient: "age1new" });
  });

  it("keeps both identities in the Secret while files of either may be read", () => {
    assert.deepEqual(ageRecipients(settled), { encryptTo: "age1old", installed: ["age1old"] });
    assert.deepEqual(ageRecipients(introducing), {
      encryptTo: "age1old",
      installed: ["age1old", "age1new"],
    });
    assert.deepEqual(ageRecipients(reencrypting), {
      encryptTo: "age1new",
      installed: ["age1new", "age1old"],
    });
  });

  const waiting: readonly (readonly [string, RecordedAge, AgeObservation])[] = [
    ["the cluster is away", introducing, {}],
    ["the live Secret lacks the new one", introducing, { installed: ["age1old"] }],
    ["the cluster is away after the commit", reencrypting, {}],
    ["a Kustomization is behind", reencrypting, { ...applied, behind: ["flux-system/apps"] }],
    ["Git was not read", reencrypting, both],
    ["somebody else's files are read with it", reencrypting, { ...applied, foreign: ["a/b"] }],
  ];
  for (const [why, head, seen] of waiting) {
    it(`stays in its phase when ${why}`, () => {
      assert.deepEqual(nextAge(to("age1new"), head, seen), head);
    });
  }

  it("goes on by what a person states of a cluster that cannot be seen", () => {
    const confirmed = { recipient: "age1new", step: "installed" } as const;
    assert.deepEqual(nextAge(to("age1new", { confirmed }), introducing), reencrypting);
    const done = { recipient: "age1new", step: "applied" } as const;
    assert.deepEqual(nextAge(to("age1new", { confirmed: done }), reencrypting), {
      recipient: "age1new",
    });
    const foreign = { ...applied, foreign: ["flux-system/theirs"] };
    assert.deepEqual(nextAge(to("age1new", { confirmed: done }), reencrypting, foreign), {
      recipient: "age1new",
    });
  });

  it("takes no statement for more than it says, and none against what was seen", () => {
    const stated = (step: "installed" | "applied", recipient = "age1new"): DeclaredAge =>
      to("age1new", { confirmed: { recipient, step } });
    const lacks = { installed: ["age1old"] };
    const behind = { ...applied, behind: ["flux-system/apps"] };
    assert.deepEqual(nextAge(stated("installed"), introducing, lacks), introducing);
    assert.deepEqual(nextAge(stated("applied"), introducing), introducing);
    assert.deepEqual(nextAge(stated("installed"), reencrypting), reencrypting);
    assert.deepEqual(nextAge(stated("applied"), reencrypting, behind), reencrypting);
    assert.deepEqual(nextAge(stated("installed", "age1else"), introducing), introducing);
    assert.deepEqual(nextAge(stated("applied", "age1else"), reencrypting), reencrypting);
  });

  it("turns back at any point, and then keeps both until the way back was applied", () => {
    assert.deepEqual(nextAge(to("age1old"), introducing), settled);
    const back = { recipient: "age1new", phase: "reencrypting", next: "age1old" };
    assert.deepEqual(nextAge(to("age1old"), reencrypting), back);
    assert.deepEqual(
      nextAge(to("age1old"), reencrypting, { installed: ["age1new"] }),
      reencrypting,
    );
  });

  it("may go to a third identity while nothing is encrypted to the second, and else waits for it", () => {
    assert.deepEqual(nextAge(to("age1third"), introducing), { ...introducing, next: "age1third" });
    assert.deepEqual(nextAge(to("age1third"), reencrypting, both), reencrypting);
    assert.deepEqual(nextAge(to("age1third"), reencrypting, applied), {
      recipient: "age1new",
      phase: "introducing",
      next: "age1third",
    });
  });

  it("begins with an identity that is yet to be made", () => {
    const next = nextAge(to(unknownValue), settled);
    assert.deepEqual(next, { ...introducing, next: unknownValue });
    assert.equal(ageRecipients(next).encryptTo, "age1old");
  });
});

describe("an abandoned identity", () => {
  const abandon = (recipient: string): Partial<DeclaredAge> => ({
    abandon: { recipient, reason: "leaked in a log" },
  });

  it("goes at once when files are encrypted to it", () => {
    const arrived = { recipient: "age1new" };
    assert.deepEqual(nextAge(to("age1new", abandon("age1old")), settled), arrived);
    assert.deepEqual(nextAge(to("age1new", abandon("age1old")), introducing), arrived);
    assert.deepEqual(nextAge(to("age1third", abandon("age1new")), reencrypting), {
      recipient: "age1third",
    });
  });

  it("goes at once when it is only beside the other, and the other stays as it is", () => {
    assert.deepEqual(nextAge(to("age1new", abandon("age1old")), reencrypting), {
      recipient: "age1new",
    });
    assert.deepEqual(nextAge(to("age1third", abandon("age1new")), introducing), {
      ...introducing,
      next: "age1third",
    });
  });

  it("means nothing to an identity that it does not name", () => {
    assert.deepEqual(nextAge(to("age1new", abandon("age1older")), settled), introducing);
  });
});

function found(more: Partial<AgeSubject> & Pick<AgeSubject, "declared">): readonly Finding[] {
  const { head, seen, declared } = more;
  return ageFindings({
    part: { kind: "cluster", name: "eu" },
    head: undefined,
    age: nextAge(declared, head, seen),
    known: undefined,
    isGenerated: false,
    isInReach: true,
    postQuantum: false,
    ...more,
  });
}

function only(findings: readonly Finding[]): Finding {
  const [finding, ...others] = findings;
  assert.ok(finding);
  assert.deepEqual(others, []);
  assert.equal(finding.path.startsWith('Cluster "eu": age'), true);
  return finding;
}

describe("the findings of a changing identity", () => {
  it("say nothing of one that is settled", () => {
    assert.deepEqual(found({ declared: to("age1old"), head: settled, known: ["age1old"] }), []);
    assert.deepEqual(found({ declared: to("age1new") }), []);
  });

  const phases: readonly (readonly [
    string,
    RecordedAge,
    AgeObservation | undefined,
    RegExp,
    RegExp,
  ])[] = [
    ["start", settled, undefined, /from age1old to age1new: .*nothing is encrypted/, /once more/],
    ["wait for a Secret", introducing, { installed: [] }, /Secret does not hold it/, /there/],
    ["wait unseen", introducing, undefined, /cannot be seen from here/, /step: "installed"/],
    ["encrypt anew", introducing, both, /encrypts everything to age1new/, /old identity leaves/],
    [
      "wait for Kustomizations",
      reencrypting,
      { ...applied, behind: ["flux-system/apps"], foreign: ["flux-system/theirs"] },
      /of age1old stays .*"flux-system\/apps" did not apply .*"flux-system\/theirs" reads is not/,
      /step: "applied"/,
    ],
    ["wait for an outage", reencrypting, undefined, /cannot be seen/, /step: "applied"/],
    ["end", reencrypting, applied, /of age1old leaves the Secret/, /history in Git/],
  ];
  for (const [phase, head, seen, problem, remedy] of phases) {
    it(`tell in words which phase this is and what comes next: ${phase}`, () => {
      const finding = only(found({ declared: to("age1new"), head, seen }));
      assert.equal(finding.code, "AGE_ROTATING");
      assert.equal(finding.severity, "warning");
      assert.match(finding.problem, problem);
      assert.match(finding.remedy, remedy);
    });
  }

  it("say that a third identity waits for the second", () => {
    const finding = only(found({ declared: to("age1third"), head: reencrypting, seen: both }));
    assert.match(finding.problem, /to age1new has to end before the one to age1third/);
  });

  it("refuse to lose an identity that files are encrypted to", () => {
    for (const head of [settled, introducing, reencrypting]) {
      const finding = only(found({ declared: to("age1new"), head, known: ["age1new"] }));
      assert.equal(finding.code, "AGE_IDENTITY_MISSING");
      assert.match(finding.problem, /age1old/);
      assert.match(finding.remedy, /`previous`/);
    }
  });

  it("refuse a statement about another identity, or about a phase that did not begin", () => {
    const stated = (recipient: string, step: "installed" | "applied"): DeclaredAge =>
      to("age1new", { confirmed: { recipient, step } });
    const refused = [
      found({ declared: stated("age1old", "installed"), head: introducing }),
      found({ declared: stated("age1new", "applied"), head: introducing }),
      found({ declared: stated("age1new", "applied"), head: settled }),
    ];
    for (const findings of refused) {
      const finding = only(findings);
      assert.equal(finding.code, "AGE_PHASE_SKIPPED");
      assert.equal(finding.severity, undefined);
    }
    const arrived = { recipient: "age1new" };
    assert.deepEqual(found({ declared: stated("age1new", "applied"), head: arrived }), []);
  });

  it("warn that a statement is contradicted by the live Secret", () => {
    const confirmed = { recipient: "age1new", step: "installed" } as const;
    const seen = { installed: ["age1old"] };
    const findings = found({ declared: to("age1new", { confirmed }), head: introducing, seen });
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [
        ["AGE_PHASE_SKIPPED", "warning"],
        ["AGE_ROTATING", "warning"],
      ],
    );
  });

  it("warn of what breaks when an identity is abandoned, and want a reason", () => {
    const abandon = { recipient: "age1old", reason: "leaked" };
    const declared = to("age1new", { abandon });
    const finding = only(found({ declared, head: settled, known: ["age1new"] }));
    assert.equal(finding.code, "AGE_ABANDONED");
    assert.equal(finding.severity, "warning");
    assert.match(finding.problem, /age1old goes at once, .* encrypted to age1new in this commit/);
    assert.deepEqual(found({ declared, head: { recipient: "age1new" } }), []);
    const silent = to("age1new", { abandon: { ...abandon, reason: " " } });
    assert.equal(only(found({ declared: silent, head: settled })).code, "MISSING_REASON");
    const itself = to("age1old", { abandon });
    assert.equal(only(found({ declared: itself, head: settled })).code, "INVALID_ARGUMENT");
  });

  it("refuse a generated identity that nobody can install, and a changed kind without a new generation", () => {
    const base = { declared: to("age1old"), isGenerated: true };
    assert.equal(only(found({ ...base, isInReach: false })).code, "AGE_OUT_OF_REACH");
    assert.match(only(found({ ...base, postQuantum: true })).path, /postQuantum$/);
    assert.deepEqual(found({ ...base, declared: to("age1pq1old"), postQuantum: true }), []);
  });

  it("never repeat a private key that stands where a recipient belongs", () => {
    const identity = `AGE-SECRET-KEY-1${"Q".repeat(58)}`;
    const findings = [
      ...found({
        declared: to("age1new", { confirmed: { recipient: identity, step: "applied" } }),
      }),
      ...found({ declared: to(identity), head: settled, known: [] }),
      ...found({
        declared: to("age1new", { abandon: { recipient: identity, reason: "leaked" } }),
        head: { recipient: identity },
      }),
    ];
    assert.equal(findings.length > 2, true);
    assert.doesNotMatch(JSON.stringify(findings), /SECRET/);
  });
});
