namespace Runbooks.Expressions;

/// <summary>A value that is there and is not given out. It can be left alone; whoever needs it gets an error that says why.</summary>
/// <param name="Place">As expressions name it: <c>steps.login.outputs.token</c>.</param>
public abstract record Withheld(string Place)
{
    internal abstract ExpressionException Used();
}

/// <summary>A text out of which a secret was taken when it was kept: nobody ever gets its stars.</summary>
public sealed record MaskedText(string Place) : Withheld(Place)
{
    internal override ExpressionException Used() =>
        new(
            ExpressionStage.Evaluation,
            $"'{Place}' holds a secret, and secrets are not kept between steps. Get it and use it in one step, or read it by a secret input's 'ref'."
        );
}

/// <summary>A value that was too much to be kept or read: it is neither nothing nor its beginning, and nobody can decide anything by it.</summary>
/// <param name="Because">Why, and what to do, in words that go on from its name.</param>
/// <param name="Shown">The beginning of a text, where it is only shown to people.</param>
public sealed record CutValue(string Place, string Because, string? Shown = null) : Withheld(Place)
{
    internal override ExpressionException Used() => new(ExpressionStage.Evaluation, $"'{Place}' {Because}");
}
