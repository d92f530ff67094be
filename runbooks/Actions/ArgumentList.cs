using System.Collections.Concurrent;
using System.Text.Json;

namespace Runbooks.Actions;

/// <summary>The keys of an action's <c>with</c>, taken once from its arguments record.</summary>
public sealed record ActionArgument(string Key, Type Type, bool Required);

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
                            !parameter.HasDefaultValue
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
        };
}
