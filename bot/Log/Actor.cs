namespace Bot.Log;

/// <summary>
/// Who did something, as written on the log: <c>user:anna</c>, <c>token:ci</c>, <c>source:alertmanager</c>,
/// <c>run:run-…</c> or <c>system</c>.
/// </summary>
internal readonly record struct Actor(string Kind, string Name)
{
    public static Actor System { get; } = new("system", "");

    public static Actor User(string name) => new("user", name);

    public static Actor Token(string name) => new("token", name);

    public static Actor Source(string name) => new("source", name);

    public static Actor Run(string id) => new("run", id);

    /// <summary>Whether a person (or a person's token) stands behind it: only then does an act count as human.</summary>
    public bool IsPerson => Kind is "user";

    public static Actor Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new Actor(text, "") : new Actor(text[..colon], text[(colon + 1)..]);
    }

    public override string ToString() => Name.Length == 0 ? Kind : $"{Kind}:{Name}";
}
