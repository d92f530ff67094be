using System.Text.Json.Nodes;
using Bot.Cli.Runbooks;

namespace Tests.Expressions;

/// <summary>An expression with what it may name.</summary>
/// <param name="Contexts">A JSON object.</param>
internal sealed record ExpressionCase(string Expression, string Contexts = "{}")
{
    public string ToLine() => new JsonObject { ["expr"] = Expression, ["contexts"] = JsonNode.Parse(Contexts) }.ToJsonString();

    /// <summary>What ours says, as <c>incident runbook eval --batch</c> writes it.</summary>
    public JsonNode Evaluate() => JsonNode.Parse(Evaluated.OfLine(1, ToLine()).ToJson())!;

    /// <summary>The same error stage, or the same kind and value; messages are each implementation's own.</summary>
    public static bool AreSame(JsonNode left, JsonNode right) =>
        JsonNode.DeepEquals(left["error"], right["error"])
        && JsonNode.DeepEquals(left["kind"], right["kind"])
        && JsonNode.DeepEquals(left["value"], right["value"])
        && JsonNode.DeepEquals(left["text"], right["text"]);

    public override string ToString() => $"{Expression}    with {Contexts}";
}
