/** The path that an entry of a kustomization file means, from the root; `..` cannot leave it. */
export function pathFrom(directory: string, entry: string): string {
  const segments = directory === "" ? [] : directory.split("/");
  for (const segment of entry.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  return segments.join("/");
}
