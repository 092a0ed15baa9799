import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cluster, layer, renderFleet, variable } from "../../core.js";
import { partStatuses } from "../../lab/parts/index.js";
import { printYaml } from "../../manifests/index.js";
import { writtenReferences } from "../../manifests/substitution-syntax.js";
import { isPrintableString } from "../../manifests/yaml-scalar.js";
import { isMangledByFlux, unsafeValue } from "../../manifests/substitution.js";
import { fleetContext, someFleet } from "../fixtures/fleets.js";
import { hostileStrings } from "../manifests/hostile-strings.js";
import { BuiltTree } from "./flux-build.js";

const judges = ["flux"] as const;
const absent = partStatuses(judges)
  .filter(({ present }) => !present)
  .map(({ name }) => name);
const allowMissing = process.env["PULUMI_FLUX_FLEET_ALLOW_MISSING"] === "1";
const skip = absent.length > 0 && allowMissing ? `not built: ${absent.join(", ")}` : false;

type Data = Readonly<Record<string, string>>;

/** What Flux makes of a ConfigMap of a layer, and what the fleet says it makes. */
function applied(
  data: Data,
  variables: Data,
  annotations: Data = {},
): { readonly built: unknown; readonly listed: unknown } {
  const metadata = { name: "texts", namespace: "flux-system", annotations };
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
  const fleet = renderFleet(
    "acme",
    someFleet({
      clusters: [cluster("eu", { environment: "production", variables })],
      layers: [layer("texts", { clusters: "all", base: { objects: [object] } })],
    }),
    fleetContext(),
  );
  const tree = new BuiltTree(fleet);
  try {
    const [built] = tree.built("eu", "texts");
    const [listed] = tree.listed("eu", "texts");
    return { built: built?.["data"], listed: listed?.["data"] };
  } finally {
    tree.remove();
  }
}

function isCarried(text: string): boolean {
  // Flux prints what overflows a float without quotes, and our reader takes that for infinity.
  return isPrintableString(text) && !isMangledByFlux(text) && text !== "1e1000";
}

/** What Flux builds of a hand-written directory where variable A is "value". */
function builtByHand(data: Data): unknown {
  const part = layer("texts", { clusters: "all", directory: "./texts" });
  const clusters = [cluster("eu", { environment: "production", variables: { A: "value" } })];
  const fleet = renderFleet("acme", someFleet({ clusters, layers: [part] }), fleetContext());
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "texts" }, data };
  const tree = new BuiltTree(fleet, new Map([["texts/texts.yaml", printYaml([object])]]));
  try {
    return tree.built("eu", "texts");
  } finally {
    tree.remove();
  }
}

/** Text that is full of what envsubst and YAML look for. */
const dollarText = fc
  .array(
    fc.constantFrom(
      ...["$", "$$", "${", "${A}", "$A", "$${A}", "${A:=b}", "${A/x/y}", "${#A}", "${", "}", "{"],
      ...[":", "=", "#", "/", "\\", '"', "'", " ", " #", ": ", "\n", "A", "ä", "-", "%", "~", "\t"],
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(""))
  .filter(isCarried);

describe("what Flux substitutes", { skip }, () => {
  it("leaves every literal text as it is declared, in values and in keys", () => {
    const texts = hostileStrings.flatMap((text) => [text, `\${${text}}`, `$${text}`, `${text}$`]);
    const mixed = texts.filter(isCarried);
    const data = Object.fromEntries([
      ...mixed.map((text, index) => [`k${String(index)}`, text]),
      ...mixed.filter((text) => text.length < 100).map((text) => [`key ${text}`, "x"]),
    ]) as Data;
    const { built, listed } = applied(data, { X_: "y" });
    assert.deepEqual(built, data);
    assert.deepEqual(listed, data);
  });

  it("leaves text alone that is full of dollars and braces", () => {
    fc.assert(
      fc.property(fc.array(dollarText, { minLength: 100, maxLength: 200 }), (texts) => {
        const data = Object.fromEntries(texts.map((text, index) => [`k${String(index)}`, text]));
        assert.deepEqual(applied(data, { OTHER: "value" }).built, data);
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  const values = [
    ...hostileStrings.filter((text) => isCarried(text) && text.length < 200),
    ...["a: b", "a #b", "x:", "10.0.0.0/8", "https://x.example.com:8443/a?b=c&d", "*.example.com"],
    ...["arn:aws:iam::1:role/x", "a,b", "[a]", "{a}", "$X", "${X}", "$$", "100%", "@a", "&a", "!a"],
  ];

  it("puts every value in as it is, also one that YAML would read as something else", () => {
    const known = values.filter((value) => unsafeValue(value, "") === undefined);
    assert.ok(known.length > values.length / 2);
    const names = known.map((_, index) => `V${String(index)}`);
    const variables = Object.fromEntries(names.map((name, index) => [name, known[index] ?? ""]));
    const forms: readonly ((reference: string) => string)[] = [
      (reference) => reference,
      (reference) => `${reference}.example.com`,
      (reference) => `say: ${reference} # "it's"`,
      (reference) => `$${reference}\${X} ${reference}`,
      (reference) => `- ${reference}`,
      (reference) => `${"long enough to be folded ".repeat(6)}${reference} and on`,
      (reference) => `\u0007 ${reference}`,
    ];
    const texts = names.flatMap((name) => forms.map((form) => [name, form] as const));
    const data = Object.fromEntries(
      texts.map(([name, form], index) => [`k${String(index)}`, form(variable(name))]),
    );
    const expected = Object.fromEntries(
      texts.map(([name, form], index) => [`k${String(index)}`, form(variables[name] ?? "")]),
    );
    const { built, listed } = applied(data, variables);
    assert.deepEqual(built, expected);
    assert.deepEqual(listed, expected);
  });

  it("puts values into text of several lines", () => {
    const known = values.filter((value) => unsafeValue(value, "\n") === undefined);
    const variables = Object.fromEntries(
      known.map((value, index) => [`V${String(index)}`, value] as const),
    );
    const forms: readonly ((reference: string) => string)[] = [
      (reference) => `${reference}\n`,
      (reference) => `a\n${reference}`,
      (reference) => `  a ${reference}\n\nb: ${reference}\n`,
      (reference) => `a \n${reference}\t\n\n`,
    ];
    const texts = Object.keys(variables).flatMap((name) =>
      forms.map((form) => [name, form] as const),
    );
    const data = Object.fromEntries(
      texts.map(([name, form], index) => [`k${String(index)}`, form(variable(name))]),
    );
    const { built } = applied(data, variables);
    assert.deepEqual(
      built,
      Object.fromEntries(
        texts.map(([name, form], index) => [`k${String(index)}`, form(variables[name] ?? "")]),
      ),
    );
  });

  it("is refused in hand-written text exactly where our check of it says so", () => {
    const pieces = [
      ...[
        "${A}",
        "${B}",
        "${A",
        "}",
        "${A:=x}",
        "${B:=x}",
        "${B:-${A}}",
        "${B=${C}}",
        "${A^}",
        "$",
      ],
      ...[
        "${B^^}",
        "${#A}",
        "${#B}",
        "${A/a/b}",
        "${A/a}",
        "${A//a/}",
        "${A:1:2}",
        "${A%.*}",
        "${}",
      ],
      ...[
        "${A-x}",
        "${a.b}",
        "${ A}",
        "$A",
        "$(A)",
        "$$",
        "{A}",
        "${A:?x}",
        "${B:+x}",
        "${A=",
        " ",
      ],
    ];
    const texts = fc.sample(
      fc
        .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 })
        .map((all) => all.join("")),
      { numRuns: 400, seed: 1 },
    );
    const isFine = (text: string): boolean => {
      const { references, broken } = writtenReferences(text);
      return (
        broken === undefined && references.every(({ name, optional }) => optional || name === "A")
      );
    };
    const written = (data: readonly string[]): unknown =>
      builtByHand(Object.fromEntries(data.map((text, index) => [`k${String(index)}`, text])));
    const [fine, refused] = [texts.filter(isFine), texts.filter((text) => !isFine(text))];
    assert.ok(fine.length > 50 && refused.length > 50);
    assert.doesNotThrow(() => written(fine));
    for (const text of new Set(refused.slice(0, 40))) {
      assert.throws(() => written([text]), /substitution failed/, text);
    }
  });

  it("touches nothing in an object that says so, and nothing without any variable", () => {
    const data = { a: "${A} $${B} $$", b: "true" };
    const off = { "kustomize.toolkit.fluxcd.io/substitute": "disabled" };
    assert.deepEqual(applied(data, { X: "y" }, off).built, data);
    assert.deepEqual(applied(data, {}).built, data);
  });

  it("gives a default its value where nobody else does", () => {
    const data = { a: variable("A", { default: "none" }), b: variable("B", { default: "1" }) };
    const { built, listed } = applied(data, { B: "2" });
    assert.deepEqual(built, { a: "none", b: "2" });
    assert.deepEqual(listed, built);
  });
});
