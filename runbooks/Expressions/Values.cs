namespace Runbooks.Expressions;

/// <summary>
/// The values of expressions are plain objects: null, <see cref="bool"/>, <see cref="double"/>, <see cref="ExactNumber"/> where that would change a number,
/// <see cref="string"/>, <see cref="ListValue"/> and <see cref="MapValue"/>, and <see cref="Withheld"/> where a secret was or something too much; nothing else
/// ever occurs.
/// </summary>
public sealed class ListValue(IReadOnlyList<object?> items, bool filtered = false)
{
    public IReadOnlyList<object?> Items { get; } = items;

    /// <summary>Came of <c>.*</c>: what follows maps over the items.</summary>
    internal bool Filtered { get; } = filtered;
}

/// <summary>Names and values in order; names are found whatever their case, of two that differ only in it the first.</summary>
public sealed class MapValue
{
    private const int Few = 8;

    private readonly Func<string, object?>? make;
    private readonly IReadOnlyDictionary<string, string>? names;
    private IReadOnlyList<KeyValuePair<string, object?>>? entries;

    // Made when first searched: most maps of a large document never are. Two threads may both make it; either will do.
    private Dictionary<string, object?>? index;

    public MapValue(IReadOnlyList<KeyValuePair<string, object?>> entries) => this.entries = entries;

    /// <summary>Values that are made when they are first asked for: of a large run an expression names one step or two.</summary>
    /// <param name="names">As they are asked for (the dictionary says which case counts) to as they are written.</param>
    public MapValue(IReadOnlyDictionary<string, string> names, Func<string, object?> make)
    {
        this.names = names;
        this.make = make;
    }

    public static MapValue Empty { get; } = new([]);

    public IReadOnlyList<KeyValuePair<string, object?>> Entries =>
        entries ??= [.. names!.Values.Select(name => KeyValuePair.Create(name, Made(name)))];

    public bool TryGet(string name, out object? value)
    {
        value = null;
        if (names is not null)
        {
            if (!names.TryGetValue(name, out var written))
                return false;
            value = Made(written);
            return true;
        }

        if (Entries.Count > Few)
            return (index ??= Indexed()).TryGetValue(name, out value);
        foreach (var entry in Entries)
        {
            if (string.Equals(entry.Key, name, StringComparison.OrdinalIgnoreCase))
            {
                value = entry.Value;
                return true;
            }
        }

        return false;
    }

    // Once each: lists and maps are equal only by identity.
    private object? Made(string name)
    {
        index ??= new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        if (!index.TryGetValue(name, out var value))
            index[name] = value = make!(name);
        return value;
    }

    private Dictionary<string, object?> Indexed()
    {
        var places = new Dictionary<string, object?>(Entries.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in Entries)
            places.TryAdd(entry.Key, entry.Value);
        return places;
    }
}

/// <summary>What values are and how they convert and compare. Conversions from and to JSON are in the other half.</summary>
public static partial class Values
{
    /// <summary>GitHub's word for what it is: Null, Boolean, Number, String, Array or Object.</summary>
    public static string KindOf(object? value) =>
        value switch
        {
            null => "Null",
            bool => "Boolean",
            double or ExactNumber => "Number",
            string => "String",
            ListValue => "Array",
            _ => "Object",
        };

    public static bool IsTruthy(object? value) =>
        value switch
        {
            null => false,
            bool boolean => boolean,
            double number => number != 0 && !double.IsNaN(number),
            string text => text.Length > 0,
            // That a secret is there is no secret.
            CutValue cut => throw cut.Used(),
            _ => true,
        };

    public static string ToText(object? value) =>
        value switch
        {
            null => "",
            bool boolean => boolean ? "true" : "false",
            double number => Numbers.Write(number),
            ExactNumber exact => exact.Text,
            string text => text,
            ListValue => "Array",
            Withheld withheld => throw withheld.Used(),
            _ => "Object",
        };

    internal static int Count(object? value) =>
        value switch
        {
            ListValue list => list.Items.Count,
            MapValue map => map.Entries.Count,
            _ => 0,
        };

    /// <summary>What it costs to look at it once: a long text is more than one item's work.</summary>
    internal static long Weight(object? value) => value is string text ? 1 + (text.Length / 16) : 1;

    internal static bool IsPrimitive(object? value) => value is null or bool or double or ExactNumber or string;

    internal static double ToNumber(object? value) =>
        value switch
        {
            null => 0,
            bool boolean => boolean ? 1 : 0,
            double number => number,
            ExactNumber exact => exact.Near,
            string text => Numbers.Parse(text),
            Withheld withheld => throw withheld.Used(),
            _ => double.NaN,
        };

    internal static bool AreEqual(object? left, object? right)
    {
        Coerce(ref left, ref right);
        return (left, right) switch
        {
            (null, null) => true,
            (bool a, bool b) => a == b,
            (double a, double b) => a == b,
            (string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase),
            (ListValue or MapValue, _) => ReferenceEquals(left, right),
            _ => false,
        };
    }

    internal static bool IsLess(object? left, object? right)
    {
        Coerce(ref left, ref right);
        return (left, right) switch
        {
            (bool a, bool b) => !a && b,
            (double a, double b) => a < b,
            (string a, string b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase) < 0,
            _ => false,
        };
    }

    // Primitives of different kinds meet as numbers; lists and maps never convert.
    private static void Coerce(ref object? left, ref object? right)
    {
        if (left is Withheld || right is Withheld)
            throw ((left as Withheld) ?? (Withheld)right!).Used();
        var exact = left as ExactNumber ?? right as ExactNumber;
        if ((exact is null && left?.GetType() == right?.GetType()) || !IsPrimitive(left) || !IsPrimitive(right))
            return;
        var isSame = exact is null || ToText(left) == ToText(right);
        (left, right) = (ToNumber(left), ToNumber(right));
        // Different doubles are never those of the same number, nor in another order; the same one may be.
        if (!isSame && left.Equals(right))
            throw exact!.Used();
    }
}
