module pulumi-flux-fleet/lab/parts/judges

go 1.26.0

require (
	github.com/getsops/sops/v3 v3.13.2
	sigs.k8s.io/kustomize/kustomize/v5 v5.8.1
)
