// Started by a test: starts a lab, prints where its state is, and waits to be killed.
import { startLab } from "../../lab/index.js";
import { installFlux, isAvailable, eventually, defaultComponents } from "./install-flux.js";

async function main(clusters: string, flux: string | undefined): Promise<void> {
  const lab = await startLab({ clusters: clusters.split(",") });
  if (flux === "flux") {
    for (const cluster of lab.clusters) {
      await installFlux(cluster);
      await Promise.all(
        defaultComponents.map((name) => eventually(name, () => isAvailable(cluster, name))),
      );
    }
  }
  console.log(lab.stateFile);
  setInterval(() => undefined, 1000);
}

void main(process.argv[2] ?? "one", process.argv[3]);
