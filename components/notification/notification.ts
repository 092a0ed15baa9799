import type { Input } from "../fleet/part.js";
import type { AlertPart } from "./alert.js";
import type { ProviderPart } from "./provider.js";
import type { ReceiverPart } from "./receiver.js";

/** Where events go, which ones, and webhooks: Provider, Alert and Receiver of Flux. */
export type NotificationPart<Value = Input> = ProviderPart<Value> | AlertPart<Value> | ReceiverPart;
