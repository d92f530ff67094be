using System.Globalization;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;
using Runbooks.Secrets;

namespace Runbooks.Planning;

/// <summary>
/// All that a step does, as a runbook writes it: an action with its arguments, a script, or a runbook with its inputs. One line says what it
/// is about; whoever approves it has to see the rest, too. Secrets stand in it as their references, as they do in what is approved.
/// </summary>
/// <param name="Step">Path.</param>
public sealed record WholeCall(
    string Step,
    string? Uses = null,
    string? Runbook = null,
    JsonElement? With = null,
    string? Shell = null,
    JsonElement? Env = null,
    string? Cwd = null,
    string? Run = null
)
{
    /// <summary>What would take it back; what is not known before it is done stands as it is written.</summary>
    public WholeCall? Undo { get; init; }

    // A list may have 10,000 targets, and a script its 64 KB: whoever approves that goes by the first ones and the list itself.
    private const int Room = 1_000_000;

    /// <summary>Calls as far as a view holds them; the step of a last one, which does nothing, says how many more there are.</summary>
    internal static IReadOnlyList<WholeCall> Shown(IEnumerable<WholeCall> calls)
    {
        var (shown, size, more) = (new List<WholeCall>(), 0L, 0);
        foreach (var call in calls)
        {
            if (size > Room)
            {
                more++;
                continue;
            }

            shown.Add(call);
            size += call.Size;
        }

        return more == 0 ? shown : [.. shown, new WholeCall(string.Create(CultureInfo.InvariantCulture, $"… and {more:N0} more"))];
    }

    private long Size => Length(With) + Length(Env) + (Run?.Length ?? 0) + (Undo?.Size ?? 0);

    private static long Length(JsonElement? json) => json?.GetRawText().Length ?? 0;

    /// <param name="with">As <see cref="StepInputs.Of"/> has it.</param>
    /// <returns>Null: it does nothing itself, as a gate.</returns>
    internal static WholeCall? Of(Unit unit, JsonElement with)
    {
        var step = unit.Step;
        if (step.Uses is { } uses)
            return new WholeCall(unit.Path, Uses: uses.Action, With: Arguments(unit, uses, with));
        if (step.Script is { } script)
            return new WholeCall(unit.Path, Shell: script.Shell, Env: with.GetProperty("env"), Cwd: script.Cwd, Run: script.Body);
        return step.Runbook is { } call ? new WholeCall(unit.Path, Runbook: call.Name, With: with) : null;
    }

    private static JsonElement Arguments(Unit unit, UseDefinition uses, JsonElement with)
    {
        if (with.ValueKind is not JsonValueKind.Object || !unit.View.Actions.TryGetValue(uses.Action, out var action))
            return with;
        var known = ArgumentList.Of(action.Arguments).ToDictionary(argument => argument.Key, StringComparer.Ordinal);
        var shown = new List<KeyValuePair<string, object?>>();
        foreach (var entry in with.EnumerateObject())
        {
            var (value, written) = (entry.Value, In(uses.With, entry.Name));
            var argument = known.GetValueOrDefault(entry.Name);
            shown.Add(
                KeyValuePair.Create(
                    entry.Name,
                    argument?.Secret is { } secret && IsWritten(written, value) ? secret.Shown(value.ToString())
                        : argument?.Rules.OfType<HttpHeadersAttribute>().Any() is true ? Headers(written, value)
                        : Values.From(value)
                )
            );
        }

        return Values.ToJson(new MapValue([.. shown]));
    }

    private static object? Headers(Template? written, JsonElement value) =>
        value.ValueKind is JsonValueKind.Object
            ? new MapValue([
                .. value
                    .EnumerateObject()
                    .Select(header =>
                        KeyValuePair.Create(
                            header.Name,
                            HeaderRules.IsSecret(header.Name) && IsWritten(In(written, header.Name), header.Value)
                                ? SecretMask.Stars
                                : Values.From(header.Value)
                        )
                    ),
            ])
            : Values.From(value);

    // What is one expression is a reference, or a value that stands elsewhere, too; beside one a secret may be written out.
    private static bool IsWritten(Template? template, JsonElement value) =>
        template is not Template.Whole && value.ValueKind is not JsonValueKind.Null;

    private static Template? In(Template? template, string key) =>
        template is Template.Mapping mapping ? mapping.Entries.FirstOrDefault(entry => entry.Key == key).Value : null;
}
