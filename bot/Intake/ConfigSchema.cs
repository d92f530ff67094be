namespace Bot.Intake;

/// <summary>The JSON Schema of <c>config/*.yaml</c>, for editors. The readers decide; a test holds the two together.</summary>
internal static class ConfigSchema
{
    public const string Text = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "config/routes.yaml, config/services.yaml and config/probes.yaml",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "routes": {
              "description": "What happens to alerts; the first whose match fits decides.",
              "type": "array",
              "items": { "$ref": "#/$defs/route" }
            },
            "services": {
              "description": "Which service stands on which; alerts join the open incident of what their service stands on.",
              "type": "object",
              "additionalProperties": {
                "type": "object",
                "additionalProperties": false,
                "properties": { "stands-on": { "$ref": "#/$defs/words" } }
              }
            },
            "probes": {
              "description": "What is looked at again and again, and raises an alert when it fails.",
              "type": "array",
              "items": { "$ref": "#/$defs/probe" }
            }
          },
          "$defs": {
            "words": { "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] },
            "duration": { "type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h)$" },
            "severity": { "enum": ["sev1", "sev2", "sev3", "sev4", "unset"] },
            "targets": {
              "description": "user:NAME, group:NAME, role:ROLE or webhook:NAME",
              "anyOf": [{ "$ref": "#/$defs/target" }, { "type": "array", "items": { "$ref": "#/$defs/target" } }]
            },
            "target": { "type": "string", "pattern": "^(user|group|role|webhook):.+$" },
            "level": {
              "type": "object",
              "additionalProperties": false,
              "required": ["targets"],
              "properties": {
                "targets": { "$ref": "#/$defs/targets" },
                "every": { "$ref": "#/$defs/duration" },
                "attempts": { "type": "integer", "minimum": 1, "maximum": 1000 }
              }
            },
            "probe": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "uses"],
              "properties": {
                "name": { "description": "In kebab-case, unique", "type": "string", "minLength": 1 },
                "every": { "$ref": "#/$defs/duration" },
                "timeout": { "$ref": "#/$defs/duration" },
                "fail-after": { "type": "integer", "minimum": 1, "maximum": 1000 },
                "resolve-after": { "type": "integer", "minimum": 1, "maximum": 1000 },
                "labels": { "type": "object", "additionalProperties": { "type": "string" } },
                "summary": { "type": "string" },
                "secrets": {
                  "description": "Name to reference, as env:NAME; for ${{ inputs.NAME }} in 'with'",
                  "type": "object",
                  "additionalProperties": { "type": "string" }
                },
                "uses": { "description": "An action that changes nothing, as tcp/connect@1", "type": "string" },
                "with": { "type": "object" },
                "expect": { "description": "A condition on its result, as in a runbook's step", "type": "string" }
              }
            },
            "route": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name"],
              "properties": {
                "name": { "type": "string", "minLength": 1 },
                "match": {
                  "description": "label: value, [values], or \"~regular expression over the whole value\"; all labels have to fit",
                  "type": "object",
                  "additionalProperties": { "$ref": "#/$defs/words" }
                },
                "severity": {
                  "anyOf": [
                    { "$ref": "#/$defs/severity" },
                    {
                      "type": "object",
                      "additionalProperties": false,
                      "properties": {
                        "label": { "type": "string" },
                        "map": { "type": "object", "additionalProperties": { "$ref": "#/$defs/severity" } },
                        "otherwise": { "$ref": "#/$defs/severity" }
                      }
                    }
                  ]
                },
                "service": { "description": "The label that names the service", "type": "string" },
                "kind": { "enum": ["real", "drill", "retrospective"] },
                "private": { "type": "boolean" },
                "page": {
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
                    "targets": { "$ref": "#/$defs/targets" },
                    "every": { "$ref": "#/$defs/duration" },
                    "attempts": { "type": "integer", "minimum": 1, "maximum": 1000 },
                    "then": { "anyOf": [{ "$ref": "#/$defs/level" }, { "type": "array", "items": { "$ref": "#/$defs/level" } }] }
                  }
                },
                "resolve": { "enum": ["by-itself", "by-hand"] },
                "cooldown": { "$ref": "#/$defs/duration" },
                "flaps": { "type": "integer", "minimum": 0, "maximum": 1000 }
              }
            }
          }
        }
        """;
}
