using System.Text;

namespace Runbooks.Expressions;

/// <summary>Cuts an expression into tokens by GitHub's rules; one pass, linear.</summary>
internal sealed class Lexer(string text)
{
    private readonly List<Token> tokens = [];
    private int at;

    public static List<Token> Read(string text) =>
        text.Length > Expression.MaxLength
            ? throw new ExpressionException(
                ExpressionStage.Lexing,
                $"Exceeded max expression length {Expression.MaxLength}: it has {text.Length} characters.",
                Expression.MaxLength
            )
            : new Lexer(text).All();

    private List<Token> All()
    {
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at >= text.Length)
            {
                tokens.Add(new Token(TokenKind.End, at, ""));
                return tokens;
            }

            tokens.Add(Next());
        }
    }

    private Token Next()
    {
        switch (text[at])
        {
            case '(':
                return Sign(TokenKind.Open, "(");
            case ')':
                return Sign(TokenKind.Close, ")");
            case '[':
                return Sign(TokenKind.OpenIndex, "[");
            case ']':
                return Sign(TokenKind.CloseIndex, "]");
            case ',':
                return Sign(TokenKind.Comma, ",");
            case '*':
                return Sign(TokenKind.Star, "*");
            case '!':
                return Follows('=') ? Sign(TokenKind.NotEqual, "!=") : Sign(TokenKind.Not, "!");
            case '<':
                return Follows('=') ? Sign(TokenKind.LessOrEqual, "<=") : Sign(TokenKind.Less, "<");
            case '>':
                return Follows('=') ? Sign(TokenKind.GreaterOrEqual, ">=") : Sign(TokenKind.Greater, ">");
            case '=':
                return Follows('=') ? Sign(TokenKind.Equal, "==") : throw Fault(at, Word(), "Two values are compared by '=='.");
            case '&':
                return Follows('&') ? Sign(TokenKind.And, "&&") : throw Fault(at, Word(), "'And' is written '&&'.");
            case '|':
                return Follows('|') ? Sign(TokenKind.Or, "||") : throw Fault(at, Word(), "'Or' is written '||'.");
            case '\'':
                return Text();
            case '.' when AfterValue:
                return Sign(TokenKind.Dot, ".");
            case '.' or '+' or '-' or (>= '0' and <= '9'):
                return Number();
            default:
                return Name();
        }
    }

    // A dot after something that has properties takes one; anywhere else it begins a number.
    private bool AfterValue =>
        tokens.Count > 0 && tokens[^1].Kind is TokenKind.Close or TokenKind.CloseIndex or TokenKind.Star or TokenKind.Name;

    private bool AfterDot => tokens.Count > 0 && tokens[^1].Kind is TokenKind.Dot;

    private bool Follows(char letter) => at + 1 < text.Length && text[at + 1] == letter;

    private Token Sign(TokenKind kind, string raw)
    {
        var token = new Token(kind, at, raw);
        at += raw.Length;
        return token;
    }

    private Token Text()
    {
        var start = at++;
        var value = new StringBuilder();
        while (at < text.Length)
        {
            var letter = text[at++];
            if (letter == '\'')
            {
                if (at >= text.Length || text[at] != '\'')
                    return new Token(TokenKind.Text, start, text[start..at], value.ToString());
                at++;
            }

            value.Append(letter);
        }

        throw Fault(start, text[start..], "The text is never closed; a quote inside a text is written ''.");
    }

    private Token Number()
    {
        var start = at;
        while (at < text.Length && (text[at] == '.' || !IsBoundary(text[at])))
            at++;
        var word = text[start..at];
        var number = Numbers.Parse(word);
        return double.IsNaN(number)
            ? throw Fault(start, word, "This is no number (12, -0.5, 1.2e-2, 0xff, 0o17), and there is no arithmetic.")
            : new Token(TokenKind.Number, start, word, number);
    }

    private Token Name()
    {
        var start = at;
        var word = Word();
        at += word.Length;
        if (!IsName(word))
            throw Fault(start, word, HintFor(word));
        if (AfterDot)
            return new Token(TokenKind.Name, start, word, word);
        return word switch
        {
            "null" => new Token(TokenKind.Null, start, word),
            "true" => new Token(TokenKind.Boolean, start, word, true),
            "false" => new Token(TokenKind.Boolean, start, word, false),
            "NaN" => new Token(TokenKind.Number, start, word, double.NaN),
            "Infinity" => new Token(TokenKind.Number, start, word, double.PositiveInfinity),
            _ => new Token(TokenKind.Name, start, word, word),
        };
    }

    private string Word()
    {
        var end = at + 1;
        while (end < text.Length && !IsBoundary(text[end]))
            end++;
        return text[at..end];
    }

    private static string HintFor(string word) =>
        word[0] switch
        {
            '"' => "Texts stand in single quotes.",
            '?' or ':' => "There is no '? :'; write case(condition, value, otherwise).",
            '$' or '{' or '}' => "No '${{ }}' inside an expression.",
            _ => "Names are of letters, digits, '_' and '-'; other keys are written ['key'].",
        };

    private static bool IsName(string word) =>
        (char.IsAsciiLetter(word[0]) || word[0] is '_') && word.AsSpan(1).IndexOfAnyExcept(NameParts) < 0;

    private static readonly System.Buffers.SearchValues<char> NameParts = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
    );

    // '*' and quotes are none: GitHub reads 2*3 as one word, too.
    private static bool IsBoundary(char letter) =>
        char.IsWhiteSpace(letter) || letter is '(' or ')' or '[' or ']' or ',' or '.' or '!' or '<' or '>' or '=' or '&' or '|';

    private ExpressionException Fault(int start, string word, string hint) =>
        ExpressionException.Located(ExpressionStage.Lexing, "Unexpected symbol", word, start, text, hint);
}
