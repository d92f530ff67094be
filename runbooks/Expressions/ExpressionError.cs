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
    public ExpressionError Error { get; } = new(stage, message, at);
}
