using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;
using Microsoft.AspNetCore.Http;
using Tests.Support;

namespace Tests.Servers;

/// <summary>What a vendor's own OpenAPI description says of the operations that the bot uses: it judges requests, and its examples are the answers.</summary>
internal sealed class ApiDescription(string payload)
{
    private readonly List<Operation> all =
    [
        .. from path in JsonNode.Parse(Payload.Read(payload))!.AsObject()
        from method in path.Value!.AsObject()
        select new Operation(path.Key, method.Key, method.Value!.AsObject()),
    ];

    /// <returns>Null: the vendor has no such operation, or none that the bot is known to use.</returns>
    public Operation? Find(string method, string path) =>
        all.Find(one => one.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && one.Path.IsMatch(path));

    internal sealed class Operation
    {
        private static readonly EvaluationOptions Strict = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };
        private readonly JsonObject parameters;
        private readonly JsonSchema? body;
        private readonly HashSet<string> fields;

        // A body with fields that are needed is needed itself.
        private readonly bool needed;
        private readonly JsonNode? answer;

        public Operation(string path, string method, JsonObject about)
        {
            (Template, Method) = (path, method);
            Path = new Regex($"^{Regex.Replace(path, @"\{(\w+)\}", "(?<$1>[^/]+)")}$", RegexOptions.None, TimeSpan.FromSeconds(1));
            parameters = about["parameters"]!.AsObject();
            body = about["body"] is { } schema ? JsonSchema.FromText(schema.ToJsonString()) : null;
            fields = about["body"]?["properties"] is JsonObject known ? [.. known.Select(one => one.Key)] : [];
            needed = about["body"]?["required"] is JsonArray { Count: > 0 };
            Status = about["status"]!.GetValue<int>();
            answer = about["answer"];
        }

        public string Template { get; }

        public string Method { get; }

        public Regex Path { get; }

        /// <summary>Of an answer that says yes.</summary>
        public int Status { get; }

        /// <summary>The vendor's own example, to be changed; null where it answers with nothing.</summary>
        public JsonNode? Answer() => answer?.DeepClone();

        /// <returns>All that is wrong with a request.</returns>
        public IEnumerable<string> Problems(HttpRequest request, string text)
        {
            var places = Path.Match(request.Path.Value!).Groups;
            foreach (var (name, about) in parameters.Where(one => one.Value!["in"]!.GetValue<string>() is "path"))
            {
                if (!Fits(about!["schema"]!, places[name].Value))
                    yield return $"the path parameter '{name}' may not be '{places[name].Value}'";
            }

            foreach (var name in request.Query.Keys.Where(name => parameters[name]?["in"]?.GetValue<string>() is not "query"))
                yield return $"no query parameter '{name}'";
            foreach (var (name, about) in parameters.Where(one => one.Value!["in"]!.GetValue<string>() is "query"))
            {
                if (!request.Query.TryGetValue(name, out var values))
                {
                    if (about!["required"]!.GetValue<bool>())
                        yield return $"the query parameter '{name}' is missing";
                    continue;
                }

                var schema = about!["schema"]!;
                foreach (var value in values.Where(value => !Fits(schema["items"] ?? schema, value!)))
                    yield return $"the query parameter '{name}' may not be '{value}'";
            }

            if (text.Length == 0)
            {
                if (needed)
                    yield return "the body is missing";
                yield break;
            }

            if (body is null)
            {
                yield return "a body, and there is none";
                yield break;
            }

            if (request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) is not true)
                yield return $"content type {request.ContentType}";
            using var sent = JsonDocument.Parse(text);
            // Most of the schemas let any further field pass, and servers drop it without a word: a misspelt one would go unseen.
            foreach (var field in sent.RootElement.EnumerateObject().Where(field => !fields.Contains(field.Name)))
                yield return $"no field '{field.Name}'";
            var result = body.Evaluate(sent.RootElement, Strict);
            foreach (var detail in result.IsValid ? [] : result.Details ?? [])
            {
                foreach (var error in detail.Errors ?? new Dictionary<string, string>())
                    yield return $"{detail.InstanceLocation} {error.Value}";
            }
        }

        // What stands in an address is a text, and may be the number or the word of another type.
        private static bool Fits(JsonNode schema, string value)
        {
            var judge = JsonSchema.FromText(schema.ToJsonString());
            using var text = JsonSerializer.SerializeToDocument(value);
            if (judge.Evaluate(text.RootElement, Strict).IsValid)
                return true;
            try
            {
                using var plain = JsonDocument.Parse(value);
                return judge.Evaluate(plain.RootElement, Strict).IsValid;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }
}
