namespace Runbooks.Expressions;

/// <summary>Where an expression went wrong: its characters, its grammar, or its values.</summary>
public enum ExpressionStage
{
    Lexing,
    Parsing,
    Evaluation,
}

/// <param name="At">Offset in the expression's text, from 0; -1 where none applies.</param>
public sealed record ExpressionError(ExpressionStage Stage, string Message, int At);

/// <summary>Carries an <see cref="ExpressionError"/> out of nested evaluation; never leaves this folder's doors.</summary>
public sealed class ExpressionException(ExpressionStage stage, string message, int at = -1) : Exception(message)
{
    private const int Shown = 200;

    public ExpressionError Error { get; } = new(stage, message, at);

    /// <summary>GitHub's sentence for it, so that it is found by searching, and then what would have been right.</summary>
    internal static ExpressionException Located(
        ExpressionStage stage,
        string what,
        string symbol,
        int at,
        string expression,
        string hint
    ) => new(stage, $"{what}: '{Short(symbol)}'. Located at position {at + 1} within expression: {Short(expression)}. {hint}", at);

    /// <summary>What a function refuses gets the place where the function is called.</summary>
    internal ExpressionException In(string function, int at) =>
        new(Error.Stage, $"{Error.Message} (in {function}, at position {at + 1})", at);

    /// <summary>No message repeats a text without bounds.</summary>
    internal static string Short(string text) => text.Length > Shown ? text[..Shown] + "…" : text;
}
