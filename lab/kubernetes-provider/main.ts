/**
 * A resource plugin for plain Kubernetes objects, in place of `pulumi-resource-kubernetes` where
 * that cannot be installed. `docs/kubernetes-provider.md` lists how it differs from the official one.
 */
import { version } from "@pulumi/kubernetes/package.json";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as rpc from "@pulumi/pulumi/proto/provider_pb.js";
import { EngineLog } from "./engine-log.js";
import { endWithEngine } from "./lifecycle.js";
import { servePlugin } from "./plugin-server.js";
import { Provider } from "./provider.js";

endWithEngine();
const provider = new Provider(version, new EngineLog(process.argv.at(-1)));
servePlugin(ResourceProviderService, {
  handshake: () => provider.handshake(),
  getPluginInfo: () => provider.getPluginInfo(),
  cancel: () => provider.cancel(),
  diffConfig: (request: rpc.DiffRequest) => provider.diffConfig(request),
  configure: (request: rpc.ConfigureRequest) => provider.configure(request),
  check: (request: rpc.CheckRequest) => provider.check(request),
  diff: (request: rpc.DiffRequest) => provider.diff(request),
  create: (request: rpc.CreateRequest) => provider.create(request),
  update: (request: rpc.UpdateRequest) => provider.update(request),
  read: (request: rpc.ReadRequest) => provider.read(request),
  delete: (request: rpc.DeleteRequest) => provider.delete(request),
});
