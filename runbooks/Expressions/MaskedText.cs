namespace Runbooks.Expressions;

/// <summary>
/// A text out of which a secret was taken when it was kept. It is there, and can be left alone; whoever needs it gets an error that
/// says so, and never its stars.
/// </summary>
/// <param name="Place">As expressions name it: <c>steps.login.outputs.token</c>.</param>
public sealed record MaskedText(string Place)
{
    internal ExpressionException Used() =>
        new(
            ExpressionStage.Evaluation,
            $"'{Place}' holds a secret, and secrets are not kept between steps. Get it and use it in one step, or read it by a secret input's 'ref'."
        );
}
