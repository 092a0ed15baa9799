import {
  cluster,
  gitCredentialsSecret,
  image,
  imageAutomation,
  imageDigest,
  imageTag,
  tenant,
} from "../../core.js";
import type { ImageUpdatesArgs, TenantArgs } from "../../core.js";

// What can and cannot be written about images; nothing here runs. An unused @ts-expect-error is an
// error itself.

const web = imageAutomation("web", { image: "ghcr.io/acme/web", policy: { semver: "1.x" } });
const eu = cluster("eu", { environment: "production" });
const writer = gitCredentialsSecret("writer", { token: "test" });

// One way to choose a tag.
imageAutomation("web", { image: "ghcr.io/acme/web", policy: { alphabetical: "desc" } });
// @ts-expect-error there are two ways
imageAutomation("web", { image: "ghcr.io/acme/web", policy: { semver: "1.x", numerical: "asc" } });
// @ts-expect-error there is no way at all
imageAutomation("web", { image: "ghcr.io/acme/web", policy: {} });
// @ts-expect-error a range is text, an order is one of two words
imageAutomation("web", { image: "ghcr.io/acme/web", policy: { numerical: "up" } });

// A marker names a part, or Namespace and name.
image("ghcr.io/acme/web", { policy: web, tag: "1.3.2" });
imageTag({ policy: { namespace: "flux-system", name: "web" }, tag: "1.3.2" });
imageDigest("sha256:0", { policy: web });
// @ts-expect-error text is no policy
image("ghcr.io/acme/web", { policy: "web", tag: "1.3.2" });
// @ts-expect-error a cluster is no policy
image("ghcr.io/acme/web", { policy: eu, tag: "1.3.2" });
// @ts-expect-error a tag is needed until image automation writes one
image("ghcr.io/acme/web", { policy: web });

// Who writes says where, with what, and from where.
const updates: ImageUpdatesArgs = {
  runsOn: eu,
  writesTo: { path: "./deploy", secret: writer },
  author: { email: "bot@example.com" },
};
// @ts-expect-error there is no default cluster
export const nowhere: ImageUpdatesArgs = { writesTo: updates.writesTo, author: updates.author };
export const readOnly: ImageUpdatesArgs = {
  ...updates,
  // @ts-expect-error there is no default login
  writesTo: { path: "./deploy" },
};
export const elsewhere: ImageUpdatesArgs = {
  ...updates,
  // @ts-expect-error what is written is the source of the owner
  writesTo: { path: "./deploy", secret: writer, url: "https://git.example.com/other" },
};

declare const shop: TenantArgs<string>;
tenant("shop", { ...shop, images: [web], imageUpdates: updates });
