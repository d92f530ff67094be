namespace Bot.Intake;

/// <summary>The JSON Schema of <c>config/*.yaml</c>, for editors. The readers decide; a test holds the two together.</summary>
internal static class ConfigSchema
{
    public const string Text = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "config/routes.yaml and config/services.yaml",
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
