using System.Globalization;

namespace Runbooks.Running;

/// <summary>
/// Where a step stands in a run: <c>a</c>; <c>a[3]</c>, its fourth target; <c>a/b</c>, step b of the runbook that a calls;
/// <c>a.before</c>, <c>a.check</c>, <c>a.undo</c>.
/// </summary>
public static class StepPath
{
    public const string Before = ".before";
    public const string Check = ".check";
    public const string Undo = ".undo";

    public static string Target(string step, int index) => string.Create(CultureInfo.InvariantCulture, $"{step}[{index}]");

    /// <summary>Whether it names a probe or an undo, not the step itself.</summary>
    public static bool IsPart(string path) => path.Contains('.', StringComparison.Ordinal);

    /// <summary>Whether it names what is looked at before a step, or afterwards.</summary>
    public static bool IsProbe(string path) =>
        path.EndsWith(Before, StringComparison.Ordinal) || path.EndsWith(Check, StringComparison.Ordinal);

    public static bool IsUndo(string path) => path.EndsWith(Undo, StringComparison.Ordinal);

    /// <summary>The step that a probe or an undo belongs to; a step's own path otherwise.</summary>
    public static string Owner(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? path : path[..dot];
    }

    /// <summary>The id at the root: <c>a</c> of <c>a[3]/b.check</c>.</summary>
    public static string Root(string path)
    {
        var end = path.AsSpan().IndexOfAny("[/.");
        return end < 0 ? path : path[..end];
    }

    /// <summary>The targets that a path lies in, outermost first: of <c>a[3]/b[1].check</c> those of a and of a[3]/b.</summary>
    public static IEnumerable<(string Step, int Index)> Targets(string path)
    {
        for (var open = path.IndexOf('[', StringComparison.Ordinal); open >= 0; open = path.IndexOf('[', open + 1))
        {
            var close = path.IndexOf(']', open);
            if (
                close > 0
                && int.TryParse(path.AsSpan(open + 1, close - open - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            )
                yield return (path[..open], index);
        }
    }

    /// <summary>The target itself, if the path names one: of <c>a[3]</c> a and 3.</summary>
    public static (string Step, int Index)? AsTarget(string path)
    {
        if (path is not [.., ']'])
            return null;
        var open = path.LastIndexOf('[');
        return (path[..open], int.Parse(path.AsSpan(open + 1, path.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture));
    }
}
