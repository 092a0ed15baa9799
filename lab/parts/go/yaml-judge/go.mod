module pulumi-flux-fleet/lab/parts/yaml-judge

go 1.26.0

require (
	go.yaml.in/yaml/v3 v3.0.4
	gopkg.in/yaml.v2 v2.4.0
)
