using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace Runbooks.Actions;

/// <summary>The keys of an action's <c>with</c>, taken once from its arguments record.</summary>
/// <param name="Untainted">What of it alerts and chat may not form; null: they may.</param>
public sealed record ActionArgument(string Key, Type Type, bool Required, UntaintedPart? Untainted);

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
                            parameter.GetCustomAttribute<UntaintedAttribute>()?.Part
                        )),
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
            NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString,
            RespectRequiredConstructorParameters = true,
            Converters = { new PlainText() },
        };
}
