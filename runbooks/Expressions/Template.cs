using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Runbooks.Expressions;

/// <summary>A value of a runbook in which <c>${{ }}</c> may stand. One without any is resolved once, when it is parsed.</summary>
public abstract record Template
{
    private Template() { }

    public abstract object? Resolve(Scope scope);

    public virtual IEnumerable<string> Contexts => [];

    /// <summary>The value as JSON with the hash of its bytes.</summary>
    /// <exception cref="ExpressionException">An expression in it fails.</exception>
    public virtual Resolved ToJson(Scope scope) => Resolved.Of(Values.ToJson(Resolve(scope)));

    public sealed record Constant(object? Value) : Template
    {
        private readonly Resolved json = Resolved.Of(Values.ToJson(Value));

        public override object? Resolve(Scope scope) => Value;

        public override Resolved ToJson(Scope scope) => json;
    }

    /// <summary>A whole <c>${{ x }}</c>: keeps its type.</summary>
    public sealed record Whole(Expression Expression) : Template
    {
        public override IEnumerable<string> Contexts => Expression.Contexts;

        public override object? Resolve(Scope scope) =>
            Expression.Evaluate(scope) switch
            {
                CutValue cut => cut.Shown ?? throw cut.Used(),
                var value => value,
            };
    }

    /// <summary>Text around expressions: always a string.</summary>
    public sealed record Mixed(IReadOnlyList<Template> Parts) : Template
    {
        public override IEnumerable<string> Contexts => Parts.SelectMany(part => part.Contexts);

        public override object Resolve(Scope scope)
        {
            var text = new StringBuilder();
            foreach (var part in Parts)
                text.Append(scope.Made(Values.ToText(part.Resolve(scope))));
            return text.ToString();
        }
    }

    public sealed record Sequence(IReadOnlyList<Template> Items) : Template
    {
        public override IEnumerable<string> Contexts => Items.SelectMany(item => item.Contexts);

        public override object Resolve(Scope scope) => new ListValue([.. Items.Select(item => item.Resolve(scope))]);
    }

    public sealed record Mapping(IReadOnlyList<KeyValuePair<string, Template>> Entries) : Template
    {
        public override IEnumerable<string> Contexts => Entries.SelectMany(entry => entry.Value.Contexts);

        public override object Resolve(Scope scope) =>
            new MapValue([.. Entries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Resolve(scope)))]);
    }
}

/// <param name="Hash">SHA-256 of the JSON text, hex.</param>
public sealed record Resolved(JsonElement Json, string Hash)
{
    public static Resolved Nothing { get; } = Of(Values.ToJson(MapValue.Empty));

    public static Resolved Of(JsonElement json) =>
        new(json, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json.GetRawText()))));
}
