import assert from "node:assert/strict";
import { test } from "node:test";

import { redactor } from "../../repository/redaction.js";

test("finds a secret as it is, percent-encoded, and in base64 behind anything", () => {
  const secret = "s3cr3t/+token~value";
  const redact = redactor([secret]);
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const texts = [secret, `x${secret}y`, `https://git:${encodeURIComponent(secret)}@host/`];
  for (const before of ["", "a", "ab", "git:", "user:", "oauth2:"]) {
    for (const after of ["", "!", "!!"]) texts.push(base64(before + secret + after));
  }
  for (const text of texts) {
    const redacted = redact(`fatal: ${text} failed`);
    assert.match(redacted, /^fatal: .*\[redacted\].* failed$/u);
    const decoded = Buffer.from(redacted, "base64").toString("latin1");
    assert.doesNotMatch(redacted + decoded, /s3cr3t|token/u);
  }
  assert.equal(redact("Authorization: Basic abc\nnext"), "Authorization: [redacted]\nnext");
  assert.equal(redactor([""])("nothing to hide"), "nothing to hide");
});
