namespace Runbooks.Expressions;

internal enum TokenKind
{
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Comma,
    Dot,
    Star,
    Not,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Null,
    Boolean,
    Number,
    Text,
    Name,
    End,
}

/// <param name="Raw">As it is written, with the quotes of a text.</param>
/// <param name="Value">A literal's value, or a name's text.</param>
internal readonly record struct Token(TokenKind Kind, int At, string Raw, object? Value = null);
