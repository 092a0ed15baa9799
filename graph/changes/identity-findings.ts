import type { Finding } from "../../errors.js";
import { isUnknown } from "../values/unknown-value.js";
import { ageRecipients, encryptedTo } from "./identities.js";
import { phaseFindings } from "./identity-progress.js";
import type { AgeSubject } from "./identity-subject.js";
import { agePath, shownRecipient } from "./identity-subject.js";

/** The findings about the identity of one part, and about the phase of its rotation. */
export function ageFindings(subject: AgeSubject): readonly Finding[] {
  const errors = [
    ...reachFindings(subject),
    ...kindFindings(subject),
    ...statementFindings(subject),
    ...abandonFindings(subject),
    ...missingFindings(subject),
  ];
  return errors.some(({ severity }) => severity !== "warning")
    ? errors
    : [...errors, ...phaseFindings(subject)];
}

function reachFindings(subject: AgeSubject): readonly Finding[] {
  if (!subject.isGenerated || subject.isInReach) return [];
  return [
    {
      code: "AGE_OUT_OF_REACH",
      path: agePath(subject),
      problem: "Its identity would be generated, and without kubeconfig nobody installs it.",
      remedy:
        "Give `age.recipient` and install its identity as Secret flux-system/sops-age yourself, or give the cluster a kubeconfig.",
    },
  ];
}

function kindFindings(subject: AgeSubject): readonly Finding[] {
  const { recipient } = subject.declared;
  if (!subject.isGenerated || isUnknown(recipient)) return [];
  if (recipient.startsWith("age1pq1") === subject.postQuantum) return [];
  return [
    {
      code: "INVALID_ARGUMENT",
      path: agePath(subject, ".postQuantum"),
      problem: "The identity of this generation was made before, and is of the other kind.",
      remedy: "Raise `age.generation` too, so that the other kind is brought in beside this one.",
    },
  ];
}

/** A statement serves the change that is under way, and no other. */
function statementFindings(subject: AgeSubject): readonly Finding[] {
  const { declared, head, seen, age } = subject;
  const { confirmed, recipient } = declared;
  if (confirmed === undefined || isUnknown(recipient)) return [];
  const path = agePath(subject, ".confirmed");
  if (confirmed.recipient !== recipient) {
    return [
      {
        code: "AGE_PHASE_SKIPPED",
        path,
        problem: `It speaks of ${shownRecipient(confirmed.recipient)}, and declared is ${shownRecipient(recipient)}.`,
        remedy: "Take it out; what was seen of one identity says nothing about another.",
      },
    ];
  }
  const isSettledThere = head?.phase === undefined && head?.recipient === recipient;
  if (confirmed.step === "applied" && head?.phase !== "reencrypting" && !isSettledThere) {
    return [
      {
        code: "AGE_PHASE_SKIPPED",
        path,
        problem:
          "No commit has encrypted its files to this recipient yet, so nothing applied them.",
        remedy:
          "Look for the identity in the Secret first, and state `installed`; `applied` comes after the commit that encrypts anew.",
      },
    ];
  }
  const isContradicted =
    confirmed.step === "installed" &&
    age.phase === "introducing" &&
    seen?.installed?.includes(recipient) === false;
  return isContradicted
    ? [
        {
          code: "AGE_PHASE_SKIPPED",
          path,
          problem: "The Secret was looked at, and does not hold this identity.",
          remedy: "Take it out; the phase goes on by itself when the identity is there.",
          severity: "warning",
        },
      ]
    : [];
}

function abandonFindings(subject: AgeSubject): readonly Finding[] {
  const { declared, head, age } = subject;
  const { abandon, recipient } = declared;
  if (abandon === undefined) return [];
  if (abandon.reason.trim() === "") {
    return [
      {
        code: "MISSING_REASON",
        path: agePath(subject, ".abandon.reason"),
        problem: "An identity is dropped without overlap, and nobody wrote why.",
        remedy: "Write what happened to it, for the people who review this.",
      },
    ];
  }
  if (abandon.recipient === recipient) {
    return [
      {
        code: "INVALID_ARGUMENT",
        path: agePath(subject, ".abandon.recipient"),
        problem: "The identity that is declared is the one to drop.",
        remedy: "Declare another identity, or raise the generation.",
      },
    ];
  }
  const installed = head === undefined ? [] : ageRecipients(head).installed;
  if (!installed.includes(abandon.recipient)) return [];
  const breaks = head !== undefined && encryptedTo(head) === abandon.recipient;
  const next = shownRecipient(encryptedTo(age));
  return [
    {
      code: "AGE_ABANDONED",
      path: agePath(subject, ".abandon"),
      problem: breaks
        ? `The identity of ${shownRecipient(abandon.recipient)} goes at once, and everything is encrypted to ${next} in this commit.`
        : `The identity of ${shownRecipient(abandon.recipient)} goes at once, before everything is seen to have applied the files of ${next}.`,
      remedy:
        "What decrypts with it may fail until the cluster has this commit and the other identity. If it leaked, change every value that was ever encrypted to it.",
      severity: "warning",
    },
  ];
}

/** The Secret would lose an identity that the cluster needs. */
function missingFindings(subject: AgeSubject): readonly Finding[] {
  const { age, known, isGenerated } = subject;
  if (known === undefined) return [];
  const missing = ageRecipients(age).installed.filter(
    (one) => !isUnknown(one) && !known.includes(one),
  );
  return missing.map((recipient) => ({
    code: "AGE_IDENTITY_MISSING" as const,
    path: agePath(subject),
    problem: `Files are encrypted to ${shownRecipient(recipient)}, and its identity is not given any more, so the Secret would lose it.`,
    remedy: isGenerated
      ? "Bring back the state that holds it or the former `generation`, or give the identity from the live Secret as `previous`; if it leaked or is lost, name its recipient in `abandon`."
      : "Keep the old key pair as `previous` until the change is over; if it leaked or is lost, name its recipient in `abandon`.",
  }));
}
