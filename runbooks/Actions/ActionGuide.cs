using Runbooks.Running;

namespace Runbooks.Actions;

/// <summary>
/// What the reference page of an action (<c>docs/actions/</c>) tells beyond its arguments. It stands beside the code that it
/// describes; the page is generated, and its plan texts are what the action really says of the examples.
/// </summary>
/// <param name="Result">The record that <c>expect</c> and <c>outputs</c> see as <c>result</c>: its properties in kebab-case, each with a description.</param>
/// <param name="Failures">What ends in which class, in words (docs/adr/0041).</param>
/// <param name="Examples">Steps in YAML, each a mapping with <c>uses</c> and <c>with</c>.</param>
public sealed record ActionGuide(Type Result, IReadOnlyList<FailureCase> Failures, params IReadOnlyList<string> Examples)
{
    /// <summary>The result in a sentence, where its shape is not the action's own; null: as <see cref="Result"/> says.</summary>
    public string? Brings { get; init; }
}

/// <param name="When">What has to happen, as the end of the sentence "It is … when".</param>
public sealed record FailureCase(FailureClass Class, string When);

/// <summary>The result of an action that brings nothing.</summary>
public sealed record NoResult;
