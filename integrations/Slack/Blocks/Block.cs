using System.Text.Json.Serialization;

namespace Integrations.Slack.Blocks;

/// <summary>A block of a message or a view (docs.slack.dev/reference/block-kit/blocks).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(HeaderBlock), "header")]
[JsonDerivedType(typeof(SectionBlock), "section")]
[JsonDerivedType(typeof(DividerBlock), "divider")]
[JsonDerivedType(typeof(ActionsBlock), "actions")]
[JsonDerivedType(typeof(ContextBlock), "context")]
[JsonDerivedType(typeof(InputBlock), "input")]
internal abstract record Block
{
    public string? BlockId { get; init; }
}

internal sealed record HeaderBlock(TextObject Text) : Block;

internal sealed record SectionBlock : Block
{
    public TextObject? Text { get; init; }
    public IReadOnlyList<TextObject>? Fields { get; init; }
}

internal sealed record DividerBlock : Block;

internal sealed record ActionsBlock(IReadOnlyList<Element> Elements) : Block;

internal sealed record ContextBlock(IReadOnlyList<TextObject> Elements) : Block;

internal sealed record InputBlock(TextObject Label, Element Element) : Block
{
    public bool? Optional { get; init; }
    public TextObject? Hint { get; init; }
}

/// <summary>A modal or a home tab.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ModalView), "modal")]
[JsonDerivedType(typeof(HomeView), "home")]
internal abstract record View
{
    public required IReadOnlyList<Block> Blocks { get; init; }
    public string? CallbackId { get; init; }
    public string? PrivateMetadata { get; init; }
}

internal sealed record ModalView : View
{
    public required TextObject Title { get; init; }
    public TextObject? Submit { get; init; }
    public TextObject? Close { get; init; }
}

internal sealed record HomeView : View;
