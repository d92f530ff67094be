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

    /// <summary>What of it people may see where somebody has written it out; null: all of it.</summary>
    public ISecretArgument? Secret { get; init; }
}

public static class ArgumentList
{
    private static readonly ConcurrentDictionary<Type, List<ActionArgument>> Known = [];

    /// <summary>What its constructor takes, then what the records above it have, which none of it repeats.</summary>
    public static List<ActionArgument> Of(Type record) => Known.GetOrAdd(record, static type => [.. Taken(type), .. Inherited(type)]);

    private static IEnumerable<ActionArgument> Taken(Type record) =>
        record
            .GetConstructors()
            .OrderByDescending(constructor => constructor.GetParameters().Length)
            .First()
            .GetParameters()
            .Select(parameter =>
                Of(
                    parameter.Name!,
                    parameter.ParameterType,
                    parameter,
                    !parameter.HasDefaultValue,
                    parameter.HasDefaultValue ? parameter.DefaultValue : null
                )
            );

    private static IEnumerable<ActionArgument> Inherited(Type record)
    {
        for (var above = record.BaseType!; above != typeof(object); above = above.BaseType!)
        {
            foreach (var property in above.GetProperties(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public))
            {
                var type = property.PropertyType;
                yield return Of(property.Name, type, property, required: false, type.IsValueType ? Activator.CreateInstance(type) : null);
            }
        }
    }

    private static ActionArgument Of(string name, Type type, ICustomAttributeProvider declared, bool required, object? value) =>
        new(
            JsonNamingPolicy.KebabCaseLower.ConvertName(name),
            type,
            required,
            First<UntaintedAttribute>(declared)?.Part,
            First<DescriptionAttribute>(declared)?.Description ?? "",
            value
        )
        {
            Rules = [.. All<ValidationAttribute>(declared)],
            Secret = All<Attribute>(declared).OfType<ISecretArgument>().FirstOrDefault(),
        };

    private static T? First<T>(ICustomAttributeProvider declared)
        where T : Attribute => All<T>(declared).FirstOrDefault();

    private static IEnumerable<T> All<T>(ICustomAttributeProvider declared)
        where T : Attribute => declared.GetCustomAttributes(typeof(T), inherit: true).Cast<T>();
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
