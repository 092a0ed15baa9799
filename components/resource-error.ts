import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";

/**
 * The one adapter between our errors and Pulumi's: findings become a `ResourceError` with a hidden
 * stack, so that people read the findings; anything else is passed on as it is.
 */
export function asResourceError(error: unknown, resource?: pulumi.Resource): unknown {
  if (!FleetError.is(error)) return error;
  const { message } = error;
  const adapted = new pulumi.ResourceError(message, resource, true);
  // The SDK writes `error serializing property "outputs": ` before it, once per way the error takes.
  Object.defineProperty(adapted, "message", { get: () => message, set: () => undefined });
  adapted.cause = error;
  return adapted;
}

/** Throws all findings at once if any of them stops; warnings alone pass. */
export function refuse(findings: readonly Finding[], resource: pulumi.Resource): void {
  const stopping = findings.filter(({ severity }) => severity !== "warning");
  if (stopping.length > 0) throw asResourceError(new FleetError(stopping), resource);
}
