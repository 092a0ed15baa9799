import { existsSync } from "node:fs";
import { partNames, partPath, partVersion } from "./parts/index.js";

/** The host program that stands in for an image, or why there is none. */
export type ResolvedImage =
  { readonly program: string; readonly path: string } | { readonly problem: string };

/**
 * Finds the built part an image stands for: the last word of its name is the part, its tag the version.
 * The registry does not matter, so a mirror's name works as well. A digest is ignored.
 */
export function resolveImage(image: string): ResolvedImage {
  const [reference = ""] = image.split("@");
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  const [name = "", tag = "latest"] = last.split(":");
  const part = partNames.find((one) => one === name && /-(?:controller|watcher)$/u.test(one));
  if (part === undefined) {
    return { problem: `Back-off pulling image "${image}": the lab builds no program "${name}".` };
  }
  const built = `v${partVersion(part)}`;
  if (tag !== built) {
    return {
      problem: `Back-off pulling image "${image}": the lab builds ${name} ${built}, not ${tag}.`,
    };
  }
  const path = partPath(part);
  if (!existsSync(path)) {
    return {
      problem: `Back-off pulling image "${image}": not built yet. Run "npm run lab -- build".`,
    };
  }
  return { program: part, path };
}
