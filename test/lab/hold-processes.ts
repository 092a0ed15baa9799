// Started by a test: starts processes through a table and waits to be killed.
import { createProcessTable } from "../../lab/processes.js";

const [directory = "", count = "1"] = process.argv.slice(2);
const table = createProcessTable(directory);
const started = Array.from({ length: Number(count) }, (_, index) =>
  table.start({
    name: `sleeper-${String(index)}`,
    command: "/bin/sh",
    // A child of the child: the whole group must go, not only its leader.
    args: ["-c", "sleep 300 & wait"],
    env: { PATH: "/usr/bin:/bin" },
    directory,
    logFile: `${directory}/sleeper.log`,
  }),
);
console.log(JSON.stringify(started.map(({ pid }) => pid)));
setInterval(() => undefined, 1000);
