using System.Collections.Concurrent;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Runbooks.Actions;

/// <summary>A key of an action's <c>with</c> or of its result, taken once from the record that declares it.</summary>
/// <param name="Untainted">What of it alerts and chat may not form; null: they may.</param>
/// <param name="Description">What <see cref="DescriptionAttribute"/> says of it; empty without one.</param>
/// <param name="Default">What it is when it is left out; null: nothing.</param>
public sealed record ActionArgument(
    string Key,
    Type Type,
    bool Required,
    UntaintedPart? Untainted,
    string Description = "",
    object? Default = null
)
{
    /// <summary>What of its type it takes: a value that is written out is held against them when the runbook is read.</summary>
    public IReadOnlyList<ValidationAttribute> Rules { get; init; } = [];
}

public static class ArgumentList
{
    private static readonly ConcurrentDictionary<Type, List<ActionArgument>> Known = [];

    public static List<ActionArgument> Of(Type record) =>
        Known.GetOrAdd(
            record,
            static type =>
                [
                    .. type.GetConstructors()
                        .OrderByDescending(constructor => constructor.GetParameters().Length)
                        .First()
                        .GetParameters()
                        .Select(parameter => new ActionArgument(
                            JsonNamingPolicy.KebabCaseLower.ConvertName(parameter.Name!),
                            parameter.ParameterType,
                            !parameter.HasDefaultValue,
                            parameter.GetCustomAttribute<UntaintedAttribute>()?.Part,
                            parameter.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "",
                            parameter.HasDefaultValue ? parameter.DefaultValue : null
                        )
                        {
                            Rules = [.. parameter.GetCustomAttributes<ValidationAttribute>()],
                        }),
                ]
        );
}

/// <summary>Reads an action's arguments from <c>with</c>.</summary>
public static class ActionJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
            PropertyNameCaseInsensitive = true,
            // What is no number in JSON, as Prometheus' NaN, is the text that expressions read as that number.
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            RespectRequiredConstructorParameters = true,
            Converters = { new PlainText(), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        };
}
