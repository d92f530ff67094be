namespace Runbooks.Definition;

/// <summary>
/// One kind of mapping in the language, with all the keys that it knows. The readers ask it, and the JSON Schema is written
/// from it: a key stands here once.
/// </summary>
/// <param name="name">Names it in the schema, as <c>step</c>.</param>
/// <param name="what">Names it to people, as <c>a step</c>.</param>
public sealed class Place(string name, string what, string summary, Func<IReadOnlyList<Key>> keys)
{
    // Late, since a step holds steps.
    private readonly Lazy<IReadOnlyList<Key>> known = new(keys);

    public string Name { get; } = name;
    public string What { get; } = what;
    public string Summary { get; } = summary;
    public IReadOnlyList<Key> Keys => known.Value;

    /// <summary>Of these keys there is exactly one; empty: any number of any.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    public bool Knows(string key) => Keys.Any(one => one.Name == key);
}

/// <summary>One key of a <see cref="Place"/>.</summary>
/// <param name="Summary">One line for editors and the reference.</param>
public sealed record Key(string Name, Shape Shape, string Summary)
{
    public bool Required { get; init; }
}

/// <summary>What may stand behind a key.</summary>
public abstract record Shape
{
    private Shape() { }

    /// <summary>Any plain value; it counts as a text.</summary>
    /// <param name="Pattern">ECMAScript, for the schema; the reader says in words what is wrong.</param>
    public sealed record Text(string? Pattern = null) : Shape;

    public sealed record Flag : Shape;

    /// <summary>The word <c>true</c> alone.</summary>
    public sealed record Yes : Shape;

    public sealed record Number(double Least, double Most, bool Whole) : Shape;

    /// <summary>As <c>500ms 10s 5m 2h 1d</c>.</summary>
    public sealed record Time : Shape;

    /// <summary>As <c>64KB</c> or <c>10MB</c>.</summary>
    public sealed record Size : Shape;

    /// <summary>As <c>3</c> or <c>10%</c>.</summary>
    public sealed record Portion : Shape;

    /// <summary>The name of an action; it decides what <c>with</c> takes.</summary>
    public sealed record Action : Shape;

    /// <summary>One of some words.</summary>
    public sealed record Word(params IReadOnlyList<string> Words) : Shape
    {
        public static Word Of<T>()
            where T : struct, Enum => new([.. Enum.GetValues<T>().Select(Definition.Words.Of)]);
    }

    /// <summary>A bare expression.</summary>
    public sealed record Condition : Shape;

    /// <summary>Any value; <c>${{ }}</c> in it is resolved.</summary>
    public sealed record Anything : Shape;

    /// <summary>A list of anything, or one <c>${{ }}</c> that gives a list.</summary>
    public sealed record Listed : Shape;

    /// <param name="Least">So many there have to be.</param>
    public sealed record ListOf(Shape Item, int Least = 0) : Shape;

    /// <summary>Names of one's own to values of one shape.</summary>
    /// <param name="Least">So many there have to be.</param>
    public sealed record MapOf(Shape Value, int Least = 0) : Shape;

    public sealed record In(Place Place) : Shape;

    public sealed record OneOf(params IReadOnlyList<Shape> Shapes) : Shape;

    /// <summary>One of them, or a list of them.</summary>
    public static Shape OneOrMore(Shape item) => new OneOf(item, new ListOf(item, Least: 1));
}
