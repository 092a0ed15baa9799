import type { Mutant } from "./mutant.js";

const test = "test/repository/markers.test.ts";

/** Mutants of what happens to the values that image automation writes. */
export const imageAutomationMutants: readonly Mutant[] = [
  {
    name: "declares-over-the-bot",
    promise: "bot-edits",
    breaks: "a file that changes for another reason gets its declared tag back",
    file: "repository/markers.ts",
    search: "return present[index]?.value ?? deleted[index]?.value ?? last ?? other ?? value;",
    replace: "return present[index]?.value === undefined ? (last ?? other ?? value) : value;",
    test,
    testName: "stays when another field of the file changes",
  },
  {
    name: "takes-the-bot-for-a-person",
    promise: "bot-edits",
    breaks: "what image automation wrote stops the next change of the file as a person's edit",
    file: "repository/compare.ts",
    search: "markers?.automated.get(path) ?? recorded[path];",
    replace: "recorded[path];",
    test,
    testName: "stays when another field of the file changes",
  },
  {
    name: "declares-twice",
    promise: "bot-edits",
    breaks: "a changed declaration wins over image automation again and again",
    file: "repository/markers.ts",
    search: "return { marker, declared: value, ...(written === value ? {} : { written }) };",
    replace:
      "const declared = remembered[index]?.declared ?? value;\n      return { marker, declared, ...(written === declared ? {} : { written }) };",
    test,
    testName: "gives way to a declaration that changed, exactly once",
  },
  {
    name: "brings-back-an-older-tag",
    promise: "bot-edits",
    breaks: "a file that was deleted comes back with the declared tag instead of the last one",
    file: "repository/markers.ts",
    search: "deleted[index]?.value ?? last ?? other ?? value;",
    replace: "other ?? (deleted.length < 0 ? (last ?? value) : value);",
    test,
    testName: "into a repository that was emptied",
  },
  {
    name: "overlooks-an-edit-beside-a-marker",
    promise: "neighbours",
    breaks: "whatever a person changes in a file with markers counts as image automation's",
    file: "repository/markers.ts",
    search: "now !== undefined && now.fields.length > 0 && now.rest === before?.rest;",
    replace: "now !== undefined && now.fields.length > 0 && before !== undefined;",
    test,
    testName: "a human's edit beside a marker",
  },
];
