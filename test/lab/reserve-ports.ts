// Started by a test: reserves ports, prints them and waits to be ended.
import { createPorts } from "../../lab/ports.js";

const ports = createPorts();
void Promise.all(Array.from({ length: Number(process.argv[2]) }, () => ports.reserve())).then(
  (reserved) => {
    console.log(JSON.stringify(reserved));
    setInterval(() => undefined, 1000);
  },
);
