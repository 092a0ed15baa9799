import type { AlertSpec, ProviderSpec, ReceiverSpec } from "../../api/types/index.js";
import {
  alert as alertObject,
  provider as providerObject,
  receiver as receiverObject,
} from "../../api/types/index.js";
import type { KubernetesObject, ObjectMeta } from "../../manifests/manifest.js";
import type { FluxPlace } from "../flux-part.js";
import { mergedSpec } from "../merged-spec.js";
import { secretRef } from "../secret-reference.js";
import type { AlertPart } from "./alert.js";
import { alertedObjects, eventApiVersion, objectsOf } from "./event-objects.js";
import type { NotificationPart } from "./notification.js";
import type { ProviderPart } from "./provider.js";
import { providerReference } from "./provider.js";
import { commitStatusOf, givesCommitStatus } from "./provider-types.js";
import type { ReceiverObjects, ReceiverPart } from "./receiver.js";

/** The object of a Provider, an Alert or a Receiver. */
export function notificationObjects(
  part: NotificationPart<string>,
  place: FluxPlace,
): readonly KubernetesObject[] {
  const metadata: ObjectMeta = {
    name: part.name,
    namespace: place.namespace,
    ...(place.labels === undefined ? {} : { labels: place.labels }),
  };
  switch (part.kind) {
    case "provider":
      return [providerObject(metadata, providerSpec(part, place))];
    case "alert":
      return [alertObject(metadata, alertSpec(part, place))];
    case "receiver":
      return [receiverObject(metadata, receiverSpec(part))];
  }
}

function providerSpec({ args }: ProviderPart<string>, { cluster }: FluxPlace): ProviderSpec {
  const { secret, certSecret, proxySecret, spec, commitStatusExpr, ...fields } = args;
  const expression =
    commitStatusExpr ??
    (cluster !== undefined && givesCommitStatus(args.type)
      ? commitStatusOf(cluster.name)
      : undefined);
  const rendered: ProviderSpec = {
    ...fields,
    ...(expression === undefined ? {} : { commitStatusExpr: expression }),
    ...(secret === undefined ? {} : { secretRef: secretRef(secret) }),
    ...(certSecret === undefined ? {} : { certSecretRef: secretRef(certSecret) }),
    ...(proxySecret === undefined ? {} : { proxySecretRef: secretRef(proxySecret) }),
  };
  return mergedSpec<ProviderSpec>(rendered, spec);
}

function alertSpec({ args }: AlertPart<string>, { cluster }: FluxPlace): AlertSpec {
  const { provider, sources, severity, eventMetadata, include, exclude, spec } = args;
  const { type, name } = providerReference(provider);
  const metadata = {
    ...(cluster === undefined ? {} : { cluster: cluster.name, environment: cluster.environment }),
    ...eventMetadata,
  };
  const rendered: AlertSpec = {
    providerRef: { name },
    eventSeverity: severity ?? (givesCommitStatus(type) ? "info" : "error"),
    eventSources: alertedObjects(sources),
    ...(Object.keys(metadata).length === 0 ? {} : { eventMetadata: metadata }),
    ...(include === undefined ? {} : { inclusionList: include }),
    ...(exclude === undefined ? {} : { exclusionList: exclude }),
  };
  return mergedSpec<AlertSpec>(rendered, spec);
}

function receiverSpec({ args }: ReceiverPart): ReceiverSpec {
  const { type, resources, events, resourceFilter, secret, oidcProviders, spec } = args;
  const rendered: ReceiverSpec = {
    type,
    // Without `apiVersion` a hook fails for half of the kinds when it is called.
    resources: resources
      .flatMap((one) => objectsOf<ReceiverObjects>(one))
      .map((one) => ({ apiVersion: eventApiVersion(one.kind), ...one })),
    ...(events === undefined ? {} : { events }),
    ...(resourceFilter === undefined ? {} : { resourceFilter }),
    ...(secret === undefined ? {} : { secretRef: secretRef(secret) }),
    ...(oidcProviders === undefined ? {} : { oidcProviders }),
  };
  return mergedSpec<ReceiverSpec>(rendered, spec);
}
