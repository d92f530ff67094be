using System.Reflection;

namespace Tests.GameDays;

/// <summary>Steps of a runbook at which a game day may kill the bot, by what is repaired by then.</summary>
/// <param name="Within">
/// From the first that changes something to the last. Of steps that go at the same time, where what one does may spare the others their work, any one:
/// <c>one|other</c>.
/// </param>
internal sealed record KillPoints(IReadOnlyList<string> Before, IReadOnlyList<string> Within, IReadOnlyList<string> After)
{
    /// <summary>All game days, as <c>CLASS.METHOD</c>.</summary>
    public static IReadOnlyList<string> Days { get; } =
    [
        .. typeof(GameDay)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(GameDay)) && !type.IsAbstract)
            .SelectMany(type => type.GetMethods(), (type, method) => (Type: type, Method: method))
            .Where(one => one.Method.GetCustomAttribute<MemberDataAttribute>()?.MemberName == nameof(GameDay.Repetitions))
            .Select(one => $"{one.Type.Name}.{one.Method.Name}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// With any one seed some days kill before, some within and some after the repair; with seeds that follow each other a day goes through all three,
    /// and through the steps of each.
    /// </summary>
    public string At(string day, int seed)
    {
        var place = Days.Index().Single(one => one.Item == day).Index;
        var round = unchecked((uint)seed) + (uint)place;
        IReadOnlyList<string> steps = (round % 3) switch
        {
            0 => Before,
            1 => Within,
            _ => After,
        };
        return steps[(int)(round / 3 % (uint)steps.Count)];
    }
}
