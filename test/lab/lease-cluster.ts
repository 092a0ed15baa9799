// Started by a test: attaches to the running lab, starts a cluster of its own and waits to be killed.
import { attachLab } from "../../lab/index.js";

void attachLab()
  .startCluster(process.argv[2] ?? "leased")
  .then((cluster) => {
    console.log(cluster.server);
    setInterval(() => undefined, 1000);
  });
