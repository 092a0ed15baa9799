/** The programs of one control plane. */
export type Piece =
  "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kwok";

/** The ports of one control plane, all on 127.0.0.1. */
export interface ControlPlanePorts {
  readonly api: number;
  readonly etcd: number;
  readonly peer: number;
}

/** Ports and files that the flags name. */
export interface FlagInputs {
  readonly ports: ControlPlanePorts;
  readonly etcdDirectory: string;
  readonly caFile: string;
  readonly servingCertificate: string;
  readonly servingKey: string;
  readonly accountKey: string;
  readonly accountPublicKey: string;
  readonly adminKubeconfig: string;
  readonly managerKubeconfig: string;
  readonly schedulerKubeconfig: string;
  readonly kwokStages: string;
}

const serviceRange = "10.96.0.0/16";

/** The command line of each program. */
export function controlPlaneFlags(inputs: FlagInputs): Readonly<Record<Piece, readonly string[]>> {
  const etcdUrl = `http://127.0.0.1:${String(inputs.ports.etcd)}`;
  const peerUrl = `http://127.0.0.1:${String(inputs.ports.peer)}`;
  return {
    etcd: [
      "--name=lab",
      `--data-dir=${inputs.etcdDirectory}`,
      "--unsafe-no-fsync",
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=lab=${peerUrl}`,
      "--log-level=warn",
      "--quota-backend-bytes=536870912",
      "--snapshot-count=1000",
      "--auto-compaction-retention=5m",
    ],
    "kube-apiserver": [
      `--etcd-servers=${etcdUrl}`,
      "--etcd-prefix=/registry",
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${String(inputs.ports.api)}`,
      "--endpoint-reconciler-type=none",
      `--tls-cert-file=${inputs.servingCertificate}`,
      `--tls-private-key-file=${inputs.servingKey}`,
      `--client-ca-file=${inputs.caFile}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${inputs.accountPublicKey}`,
      `--service-account-signing-key-file=${inputs.accountKey}`,
      `--service-cluster-ip-range=${serviceRange}`,
      "--authorization-mode=RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--profiling=false",
    ],
    "kube-controller-manager": [
      ...asUser(inputs.managerKubeconfig),
      "--use-service-account-credentials=true",
      `--root-ca-file=${inputs.caFile}`,
      `--service-account-private-key-file=${inputs.accountKey}`,
      // With one client per controller, the default of 20 queries per second costs 4.5 s of every start.
      "--kube-api-qps=500",
      "--kube-api-burst=1000",
      "--controllers=*,-nodeipam,-cloud-node-lifecycle",
    ],
    "kube-scheduler": asUser(inputs.schedulerKubeconfig),
    kwok: [
      `--kubeconfig=${inputs.adminKubeconfig}`,
      `--config=${inputs.kwokStages}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      "--cidr=10.244.0.0/16",
    ],
  };
}

function asUser(configuration: string): readonly string[] {
  return [
    `--kubeconfig=${configuration}`,
    `--authentication-kubeconfig=${configuration}`,
    `--authorization-kubeconfig=${configuration}`,
    "--bind-address=127.0.0.1",
    "--secure-port=0",
    "--leader-elect=false",
  ];
}
