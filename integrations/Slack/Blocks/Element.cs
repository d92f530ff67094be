using System.Text.Json.Serialization;

namespace Integrations.Slack.Blocks;

/// <summary>An element of a block (docs.slack.dev/reference/block-kit/block-elements).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ButtonElement), "button")]
[JsonDerivedType(typeof(StaticSelectElement), "static_select")]
[JsonDerivedType(typeof(ExternalSelectElement), "external_select")]
[JsonDerivedType(typeof(CheckboxesElement), "checkboxes")]
[JsonDerivedType(typeof(UsersSelectElement), "users_select")]
[JsonDerivedType(typeof(PlainTextInputElement), "plain_text_input")]
[JsonDerivedType(typeof(NumberInputElement), "number_input")]
internal abstract record Element
{
    public string? ActionId { get; init; }
}

internal sealed record ButtonElement(TextObject Text) : Element
{
    public string? Value { get; init; }
    public string? Url { get; init; }

    /// <summary><c>primary</c>, <c>danger</c> or none.</summary>
    public string? Style { get; init; }

    /// <summary>Asked before the press counts; null: nothing is.</summary>
    public ConfirmationDialog? Confirm { get; init; }
}

internal sealed record StaticSelectElement(IReadOnlyList<Option> Options) : Element
{
    public TextObject? Placeholder { get; init; }
    public Option? InitialOption { get; init; }
}

/// <summary>Its choices are asked for while somebody types.</summary>
internal sealed record ExternalSelectElement(int MinQueryLength) : Element;

internal sealed record CheckboxesElement(IReadOnlyList<Option> Options) : Element
{
    public IReadOnlyList<Option>? InitialOptions { get; init; }
}

internal sealed record UsersSelectElement : Element;

internal sealed record PlainTextInputElement : Element
{
    public string? InitialValue { get; init; }
    public bool? Multiline { get; init; }
    public int? MaxLength { get; init; }
}

internal sealed record NumberInputElement(bool IsDecimalAllowed) : Element
{
    public string? InitialValue { get; init; }
}
