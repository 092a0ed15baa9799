import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding } from "../../errors.js";
import { checkObject, imageUpdateAutomation } from "../../api/index.js";

function findingsOf(messageTemplate: string): readonly Finding[] {
  const automation = imageUpdateAutomation(
    { name: "app" },
    {
      sourceRef: { name: "app" },
      interval: "30m",
      git: { commit: { author: { email: "flux@example.com" }, messageTemplate } },
    },
  );
  return checkObject(automation, "2.9.4", "");
}

describe("the template of a commit message", () => {
  for (const template of [
    "Update images",
    "Costs }} nothing",
    '{{ range .Changed.Changes }}{{ println .OldValue "->" .NewValue }}{{ end }}',
    "{{ range $file, $_ := .Changed.FileChanges -}}\n- {{ $file }}\n{{ end -}}",
    "{{- range $r, $changes := .Changed.Objects }}{{ range $_, $c := $changes }}{{ $c.NewValue }}{{ $.Values.a }}{{ end }}{{ end -}}",
    "{{ if .Changed.Changes }}{{ .AutomationObject }}{{ else }}{{ .AutomationObject.Name }}{{ end }}",
    '{{ with .Values }}{{ .cluster | default "x" }}{{ end }}',
    '{{ .Values.cluster }} {{ "{{ .Updated }}" }} {{ `}}` }}',
    "{{/* .Updated is gone, {{ so }} say .Changed */}}",
  ]) {
    it(`may be ${JSON.stringify(template)}`, () => {
      assert.deepEqual(findingsOf(template), []);
    });
  }

  for (const [template, problem] of [
    ["{{ range .Updated.Images }}{{ . }}{{ end }}", /"\.Updated", which is gone since Flux 2\.7/],
    ["{{ range .Changed.ImageResult.Images }}{{ end }}", /"\.Changed\.ImageResult", which is gone/],
    ["{{ range .Values }}{{ $.Updated.Images }}{{ end }}", /"\.Updated"/],
    ["{{ with .Values }}{{ .Updated }}{{ end }}", /"\.Updated"/],
    ["{{ range .Changed.Changes }}{{ .NewTag }}{{ end }}", /"\.NewTag", which Flux does not/],
    ["{{ .Changed.Images }}", /"\.Changed\.Images"/],
    ["{{ .Automation.Name }}", /"\.Automation"/],
    ["{{ if true }}{{ .Image }}{{ end }}", /"\.Image"/],
    ["{{ .Values.a ", /not closed/],
    ["{{ if .Values }}x", /not ended/],
    ["x{{ end }}", /closes nothing/],
  ] as const) {
    it(`is refused when it is ${JSON.stringify(template)}`, () => {
      const [finding, ...others] = findingsOf(template);
      assert.deepEqual(others, []);
      assert.equal(finding?.code, "INVALID_TEMPLATE");
      assert.equal(finding.path, "spec.git.commit.messageTemplate");
      assert.match(finding.problem, problem);
    });
  }
});
