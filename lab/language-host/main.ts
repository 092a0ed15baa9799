/**
 * A language plugin for Node programs, in place of `pulumi-language-nodejs` where that is not
 * installed. `docs/kubernetes-provider.md` lists how it differs from the official one.
 */
import type { ServerWritableStream } from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb.js";
import * as rpc from "@pulumi/pulumi/proto/language_pb.js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import { endWithEngine } from "../kubernetes-provider/lifecycle.js";
import { servePlugin } from "../kubernetes-provider/plugin-server.js";
import { requiredPackages } from "./packages.js";
import { runProgram, stopProgram } from "./program.js";

endWithEngine(stopProgram);
const engine = process.argv.at(-1) ?? "";

servePlugin(
  LanguageRuntimeService,
  {
    getPluginInfo() {
      const info = new PluginInfo();
      info.setVersion(version);
      return info;
    },
    getRequiredPackages(request: rpc.GetRequiredPackagesRequest) {
      const response = new rpc.GetRequiredPackagesResponse();
      const directory = request.getInfo()?.getProgramDirectory() ?? "";
      response.setPackagesList([...requiredPackages(directory)]);
      return response;
    },
    getRequiredPlugins: () => new rpc.GetRequiredPluginsResponse(),
    run: (request: rpc.RunRequest) => runProgram(request, engine),
    about() {
      const response = new rpc.AboutResponse();
      response.setExecutable(process.execPath);
      response.setVersion(process.version);
      return response;
    },
    cancel: () => new Empty(),
  },
  {
    // Packages are installed by the user; there is nothing to do.
    installDependencies: (call: ServerWritableStream<unknown, unknown>) => call.end(),
  },
);
