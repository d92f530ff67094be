using System.Text;

namespace Runbooks.Expressions;

/// <summary>Cuts an expression into tokens by GitHub's rules; one pass, linear.</summary>
internal sealed class Lexer(string text)
{
    private readonly List<Token> tokens = [];
    private int at;

    public static List<Token> Read(string text) => new Lexer(text).All();

    private List<Token> All()
    {
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at >= text.Length)
            {
                tokens.Add(new Token(TokenKind.End, at));
                return tokens;
            }

            tokens.Add(Next());
        }
    }

    private Token Next()
    {
        var start = at;
        switch (text[at])
        {
            case '(':
                return One(TokenKind.Open);
            case ')':
                return One(TokenKind.Close);
            case '[':
                return One(TokenKind.OpenIndex);
            case ']':
                return One(TokenKind.CloseIndex);
            case ',':
                return One(TokenKind.Comma);
            case '*':
                return One(TokenKind.Star);
            case '!':
                return Pair('=', TokenKind.NotEqual, TokenKind.Not);
            case '<':
                return Pair('=', TokenKind.LessOrEqual, TokenKind.Less);
            case '>':
                return Pair('=', TokenKind.GreaterOrEqual, TokenKind.Greater);
            case '=' when Follows('='):
                at += 2;
                return new Token(TokenKind.Equal, start);
            case '&' when Follows('&'):
                at += 2;
                return new Token(TokenKind.And, start);
            case '|' when Follows('|'):
                at += 2;
                return new Token(TokenKind.Or, start);
            case '\'':
                return Text();
            case '.' when AfterValue:
                return One(TokenKind.Dot);
            case '.' or '+' or '-' or (>= '0' and <= '9'):
                return Number();
            case var letter when IsNameStart(letter):
                return Name();
            default:
                throw Fault(start, Word(start));
        }
    }

    // A dot after something that has a value takes a property; anywhere else it begins a number.
    private bool AfterValue =>
        tokens.Count > 0 && tokens[^1].Kind is TokenKind.Close or TokenKind.CloseIndex or TokenKind.Star or TokenKind.Name;

    private bool AfterDot => tokens.Count > 0 && tokens[^1].Kind is TokenKind.Dot;

    private bool Follows(char letter) => at + 1 < text.Length && text[at + 1] == letter;

    private Token One(TokenKind kind) => new(kind, at++);

    private Token Pair(char second, TokenKind both, TokenKind alone)
    {
        var start = at;
        if (Follows(second))
        {
            at += 2;
            return new Token(both, start);
        }

        at++;
        return new Token(alone, start);
    }

    private Token Text()
    {
        var start = at++;
        var value = new StringBuilder();
        while (at < text.Length)
        {
            var letter = text[at++];
            if (letter != '\'')
            {
                value.Append(letter);
                continue;
            }

            if (at < text.Length && text[at] == '\'')
            {
                value.Append('\'');
                at++;
                continue;
            }

            return new Token(TokenKind.Text, start, value.ToString());
        }

        throw Fault(start, text[start..]);
    }

    private Token Number()
    {
        var start = at;
        while (at < text.Length && (text[at] == '.' || !IsBoundary(text[at])))
            at++;
        var word = text[start..at];
        var number = Numbers.Parse(word);
        // Literal NaN and Infinity are names; a signed one is text that happens to parse.
        if (double.IsNaN(number))
            throw Fault(start, word);
        return new Token(TokenKind.Number, start, number);
    }

    private Token Name()
    {
        var start = at;
        while (at < text.Length && IsNamePart(text[at]))
            at++;
        if (at < text.Length && !IsBoundary(text[at]))
            throw Fault(start, Word(start));
        var word = text[start..at];
        if (AfterDot)
            return new Token(TokenKind.Name, start, word);
        return word switch
        {
            "null" => new Token(TokenKind.Null, start),
            "true" => new Token(TokenKind.Boolean, start, true),
            "false" => new Token(TokenKind.Boolean, start, false),
            "NaN" => new Token(TokenKind.Number, start, double.NaN),
            "Infinity" => new Token(TokenKind.Number, start, double.PositiveInfinity),
            _ => new Token(TokenKind.Name, start, word),
        };
    }

    private string Word(int start)
    {
        var end = start + 1;
        while (end < text.Length && !IsBoundary(text[end]))
            end++;
        return text[start..end];
    }

    internal static bool IsNameStart(char letter) => char.IsAsciiLetter(letter) || letter is '_';

    internal static bool IsNamePart(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-';

    private static bool IsBoundary(char letter) =>
        char.IsWhiteSpace(letter) || letter is '(' or ')' or '[' or ']' or ',' or '.' or '!' or '<' or '>' or '=' or '&' or '|' or '*';

    private static ExpressionException Fault(int at, string word) =>
        new(ExpressionStage.Lexing, $"Unexpected symbol '{(word.Length > 40 ? word[..40] + "…" : word)}' at position {at + 1}.", at);
}
