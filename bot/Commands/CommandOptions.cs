using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Bot.Commands;

/// <summary>The options that a command knows: those of its usage, those that its form asks for, and <c>--reason</c>, which all take.</summary>
internal sealed partial class CommandOptions
{
    private readonly FrozenSet<string> names;
    private readonly FrozenSet<string> flags;
    private readonly bool any;

    private CommandOptions(IEnumerable<string> names, IEnumerable<string> flags, bool any = false)
    {
        this.any = any;
        this.names = names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        this.flags = flags.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    public static CommandOptions None { get; } = new([], []);

    public static CommandOptions Of(IChatCommand command)
    {
        var inUsage = InUsage().Matches(command.Usage);
        var inForm = command.Form?.Fields.Where(field => !field.Positional).Select(field => field.Name) ?? [];
        return new CommandOptions(
            [Arguments.TakesASentence, .. inUsage.Select(match => match.Groups["name"].Value), .. inForm],
            inUsage.Where(match => match.Groups["end"].Success).Select(match => match.Groups["name"].Value),
            command.TakesAnyOption
        );
    }

    public bool Has(string name) => names.Contains(name) || (any && Name().IsMatch(name));

    /// <summary>Whether it stands alone, as <c>--private</c>.</summary>
    public bool IsFlag(string name) => flags.Contains(name);

    [GeneratedRegex("^[a-z][a-z0-9-]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"--(?<name>[a-z-]+)(?<end>\])?", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex InUsage();
}
