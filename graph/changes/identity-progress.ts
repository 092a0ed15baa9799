import type { Finding } from "../../errors.js";
import { someNames } from "../values/names.js";
import type { AgeSubject } from "./identity-subject.js";
import { agePath, shownRecipient } from "./identity-subject.js";

/** Which phase this commit is, and what comes next. */
export function phaseFindings(subject: AgeSubject): readonly Finding[] {
  const { head, age, declared, seen } = subject;
  const old = head === undefined ? undefined : shownRecipient(head.recipient);
  const to = shownRecipient(age.next ?? age.recipient);
  if (age.phase === undefined) {
    const wasChanging = head?.phase !== undefined && declared.abandon === undefined;
    if (!wasChanging || head.recipient === age.recipient) return [];
    return [
      phaseFinding(
        subject,
        `Everything reads the files of ${to}; the identity of ${String(old)} leaves the Secret.`,
        "Keep the old identity offline for as long as the history in Git has to be readable.",
      ),
    ];
  }
  const isWaiting = head?.phase === age.phase && head.next === age.next;
  const byHand = `state \`confirmed: { recipient, step: "${age.phase === "introducing" ? "installed" : "applied"}" }\``;
  const isThird = age.next !== declared.recipient;
  if (isThird) {
    return [
      phaseFinding(
        subject,
        `The change to ${to} has to end before the one to ${shownRecipient(declared.recipient)} begins.`,
        `Run \`up\` again when everything applied the commit; if it cannot be seen from here, declare ${to} until then.`,
      ),
    ];
  }
  if (age.phase === "introducing") {
    const where = seen?.installed === undefined ? "cannot be seen from here" : "does not hold it";
    return [
      isWaiting
        ? phaseFinding(
            subject,
            `The identity of ${to} has to be in the Secret before anything is encrypted to it; the Secret ${where}.`,
            `Run \`up\` again when it is there; where this run cannot look, look yourself and ${byHand}.`,
          )
        : phaseFinding(
            subject,
            `Changes from ${shownRecipient(age.recipient)} to ${to}: the new identity joins the old one, and nothing is encrypted to it yet.`,
            "Run `up` once more; it encrypts anew as soon as the new identity is seen in the Secret.",
          ),
    ];
  }
  const unseen = seen?.behind === undefined ? "what the cluster applied cannot be seen" : "";
  const behind = someNames(seen?.behind ?? []);
  const foreign = someNames(seen?.foreign ?? []);
  const reasons = [
    unseen,
    behind === "" ? "" : `${behind} did not apply the commit`,
    foreign === "" ? "" : `what ${foreign} reads is not of this fleet`,
  ].filter((reason) => reason !== "");
  return [
    isWaiting
      ? phaseFinding(
          subject,
          `The identity of ${shownRecipient(age.recipient)} stays until everything reads the files of ${to}: ${reasons.join("; ")}.`,
          `Run \`up\` again when that is so; where this run cannot look, look yourself and ${byHand}.`,
        )
      : phaseFinding(
          subject,
          `This commit encrypts everything to ${to}; both identities stay in the Secret.`,
          "Run `up` once more; the old identity leaves as soon as everything is seen to have applied the commit.",
        ),
  ];
}

function phaseFinding(subject: AgeSubject, problem: string, remedy: string): Finding {
  return { code: "AGE_ROTATING", path: agePath(subject), problem, remedy, severity: "warning" };
}
