import type { Field, Shape } from "../../graph/values/shapes.js";
import { eventKinds } from "./event-objects.js";
import { providerNeeds } from "./provider-types.js";
import { receiverTypes } from "./receiver-types.js";

const optionalText: Field = { optional: "text" };
const texts: Field = { optional: { list: "text" } };
const spec: Field = { optional: { table: "anything" } };

/** A reference; what the part itself holds is looked at where it is listed. */
function referenceShape(kind: string, more: Readonly<Record<string, Field>> = {}): Shape {
  const kinds: Field = { choice: [kind] };
  return { fields: { kind: kinds, name: "text", ...more, args: { optional: "anything" } } };
}

const secretShape: Shape = { either: [{ fields: { name: "text" } }, referenceShape("secret")] };
const typeOfPart: Field = { optional: { choice: Object.keys(providerNeeds).sort() } };

const partShapes: readonly Shape[] = [
  referenceShape("source", { type: { optional: { choice: eventKinds } } }),
  ...["release", "layer", "tenant", "image"].map((kind) => referenceShape(kind)),
];

const objectFields: Readonly<Record<string, Field>> = {
  kind: { choice: eventKinds },
  name: optionalText,
  matchLabels: { optional: { table: "text" } },
};

const providerShape = partShape("provider", {
  type: { choice: Object.keys(providerNeeds).sort() },
  address: optionalText,
  channel: optionalText,
  username: optionalText,
  secret: { optional: secretShape },
  certSecret: { optional: secretShape },
  proxySecret: { optional: secretShape },
  serviceAccountName: optionalText,
  commitStatusExpr: optionalText,
  timeout: optionalText,
  spec,
});

const alertShape = partShape("alert", {
  provider: referenceShape("provider", { type: typeOfPart }),
  sources: {
    either: [{ choice: ["all"] }, { list: { either: [...partShapes, { fields: objectFields }] } }],
  },
  severity: { optional: { choice: ["info", "error"] } },
  eventMetadata: { optional: { table: "text" } },
  include: texts,
  exclude: texts,
  spec,
});

const receiverShape = partShape("receiver", {
  type: { choice: receiverTypes },
  resources: {
    list: { either: [...partShapes, { fields: { ...objectFields, filter: optionalText } }] },
  },
  events: texts,
  resourceFilter: optionalText,
  secret: { optional: secretShape },
  oidcProviders: { optional: { list: { table: "anything" } } },
  spec,
});

/** The shape of a list of notifications. */
export const notificationsShape: Shape = {
  list: { either: [providerShape, alertShape, receiverShape] },
};

function partShape(kind: string, args: Readonly<Record<string, Field>>): Shape {
  return { fields: { kind: { choice: [kind] }, name: "text", args: { fields: args } } };
}
