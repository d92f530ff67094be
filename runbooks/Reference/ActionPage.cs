using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Expressions;

namespace Runbooks.Reference;

/// <summary>The reference of one action, read from its code.</summary>
public sealed record ActionPage(
    string Name,
    string Summary,
    IReadOnlyList<PageField> With,
    IReadOnlyList<PageField> Result,
    IReadOnlyList<PageFailure> Failures,
    IReadOnlyList<PageExample> Examples
)
{
    private const int Deepest = 4;

    /// <summary>What takes <see cref="With"/>.</summary>
    public string Takes { get; init; } = "`with`";

    /// <inheritdoc cref="ActionGuide.Brings"/>
    public string? Brings { get; init; }

    /// <summary>Variables that a script finds; empty: it is none.</summary>
    public IReadOnlyList<PageField> Finds { get; init; } = [];

    public static ActionPage Of(IStepAction action) =>
        new(
            action.Name,
            action.Summary,
            [.. Fields(action.Arguments)],
            [.. Fields(action.Guide.Result)],
            [.. action.Guide.Failures.Select(failure => new PageFailure(Words.Of(failure.Class), failure.When))],
            [.. action.Guide.Examples.Select(example => Example(action, example))]
        )
        {
            Brings = action.Guide.Brings,
        };

    /// <summary>The keys of a record, and of the records in it.</summary>
    public static IEnumerable<PageField> Fields(Type record) => Fields(record, "", 0);

    private static IEnumerable<PageField> Fields(Type record, string before, int depth)
    {
        foreach (var field in ArgumentList.Of(record))
        {
            var kind = ArgumentSchema.Said(field);
            yield return new PageField(before + field.Key, kind, field.Required, Said(field.Default), field.Description, field.Untainted);
            // Of what is ours the parts are told, too: a list of servers has servers with an address each.
            if (Inner(field.Type) is { } inner && depth < Deepest)
            {
                foreach (var part in Fields(inner, $"{before}{field.Key}{(kind is "a list" ? "[]" : "")}.", depth + 1))
                    yield return part;
            }
        }
    }

    private static Type? Inner(Type type)
    {
        var item = type.IsGenericType && type.GetGenericArguments() is [.., var last] ? last : type;
        return item.IsEnum || item.Namespace?.StartsWith("System", StringComparison.Ordinal) is true ? null : item;
    }

    private static string? Said(object? value) =>
        value switch
        {
            null => null,
            bool yes => yes ? "true" : "false",
            Enum word => JsonNamingPolicy.KebabCaseLower.ConvertName(word.ToString()),
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

    private static PageExample Example(IStepAction action, string step)
    {
        var problems = new List<DefinitionProblem>();
        if (YamlTree.Parse(step, problems) is not YamlTree.Mapping tree)
            throw new InvalidOperationException($"An example of {action.Name} is no step: {string.Join(' ', problems)}");
        // Expressions stay as they are written: a plan text shows no secret, so it needs none.
        var with = Values.ToJson(tree["with"]?.ToValue() ?? MapValue.Empty);
        return new PageExample(step.Trim(), Words.Of(action.EffectOf(with)), action.Describe(with));
    }
}

/// <param name="Key">With the keys that lead to it: <c>servers[].address</c>.</param>
/// <param name="Kind">As people say it: "a text", "a list".</param>
public sealed record PageField(string Key, string Kind, bool Required, string? Default, string Description, UntaintedPart? Untainted);

public sealed record PageFailure(string Class, string When);

/// <param name="Plan">What plan and approval cards show of it.</param>
public sealed record PageExample(string Step, string Effect, string Plan);
