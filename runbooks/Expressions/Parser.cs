using System.Collections.Frozen;

namespace Runbooks.Expressions;

/// <summary>Precedence climbing over the tokens; every name is checked here, so that a misspelt one fails even behind <c>false &amp;&amp;</c>.</summary>
internal sealed class Parser
{
    private readonly List<Token> tokens;
    private readonly FrozenSet<string> contexts;
    private readonly bool status;
    private int at;
    private int nesting;

    private Parser(List<Token> tokens, FrozenSet<string> contexts, bool status)
    {
        this.tokens = tokens;
        this.contexts = contexts;
        this.status = status;
    }

    /// <summary>Contexts named and whether a status function is called, for the implied <c>success()</c>.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.OrdinalIgnoreCase);
    public bool CallsStatus { get; private set; }

    public static (Node Root, Parser Parser) Parse(string text, FrozenSet<string> contexts, bool status)
    {
        if (text.Length > Expression.MaxLength)
            throw new ExpressionException(ExpressionStage.Parsing, $"An expression has at most {Expression.MaxLength} characters.");
        var parser = new Parser(Lexer.Read(text), contexts, status);
        if (parser.Peek.Kind is TokenKind.End)
            throw new ExpressionException(ExpressionStage.Parsing, "An expression is missing.", 0);
        var root = parser.Or();
        if (parser.Peek.Kind is not TokenKind.End)
            throw parser.Unexpected();
        return (root, parser);
    }

    private Token Peek => tokens[at];

    private Node Or() => Chained(false, TokenKind.Or, And);

    private Node And() => Chained(true, TokenKind.And, Equality);

    private Node Chained(bool isAnd, TokenKind joint, Func<Node> operand)
    {
        var first = operand();
        if (Peek.Kind != joint)
            return first;
        var operands = new List<Node> { first };
        while (Peek.Kind == joint)
        {
            at++;
            operands.Add(operand());
        }

        return Bounded(new Chain(isAnd, operands));
    }

    private Node Equality()
    {
        var left = Relation();
        while (Peek.Kind is TokenKind.Equal or TokenKind.NotEqual)
        {
            var kind = tokens[at++].Kind;
            left = Bounded(new Compare(kind, left, Relation()));
        }

        return left;
    }

    private Node Relation()
    {
        var left = Unary();
        while (Peek.Kind is TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual)
        {
            var kind = tokens[at++].Kind;
            left = Bounded(new Compare(kind, left, Unary()));
        }

        return left;
    }

    private Node Unary()
    {
        if (Peek.Kind is not TokenKind.Not)
            return Postfix();
        at++;
        return Nested(() => Bounded(new Not(Unary())));
    }

    private Node Postfix()
    {
        var node = Primary();
        while (true)
        {
            if (Peek.Kind is TokenKind.Dot)
            {
                at++;
                var name = tokens[at++];
                node = name.Kind switch
                {
                    TokenKind.Star => Bounded(new Filter(node)),
                    TokenKind.Name => Bounded(new Index(node, new Literal(name.Value))),
                    _ => throw Unexpected(name),
                };
            }
            else if (Peek.Kind is TokenKind.OpenIndex)
            {
                at++;
                if (Peek.Kind is TokenKind.Star)
                {
                    at++;
                    node = Bounded(new Filter(node));
                }
                else
                {
                    var of = node;
                    node = Nested(() => Bounded(new Index(of, Or())));
                }

                Take(TokenKind.CloseIndex);
            }
            else
            {
                return node;
            }
        }
    }

    private Node Primary()
    {
        var token = tokens[at++];
        switch (token.Kind)
        {
            case TokenKind.Null or TokenKind.Boolean or TokenKind.Number or TokenKind.Text:
                return new Literal(token.Value);
            case TokenKind.Open:
                var inner = Nested(Or);
                Take(TokenKind.Close);
                return inner;
            case TokenKind.Name when Peek.Kind is TokenKind.Open:
                return Called(token);
            case TokenKind.Name:
                return Named(token);
            default:
                at--;
                throw Unexpected(token);
        }
    }

    private Context Named(Token token)
    {
        var name = (string)token.Value!;
        if (!contexts.Contains(name))
        {
            throw new ExpressionException(
                ExpressionStage.Parsing,
                $"Unrecognized named-value '{name}'."
                    + Suggestion.For(name, contexts)
                    + $" Known here: {string.Join(", ", contexts.Order(StringComparer.Ordinal))}.",
                token.At
            );
        }

        Used.Add(name);
        return new Context(name);
    }

    private Node Called(Token token)
    {
        var name = (string)token.Value!;
        if (!Function.All.TryGetValue(name, out var function) || (function.IsStatus && !status))
        {
            throw new ExpressionException(
                ExpressionStage.Parsing,
                $"Unrecognized function '{name}'."
                    + (function is null ? Suggestion.For(name, Function.All.Keys) : " Status functions are for conditions."),
                token.At
            );
        }

        CallsStatus |= function.IsStatus;
        at++;
        var arguments = new List<Node>();
        if (Peek.Kind is not TokenKind.Close)
        {
            arguments.Add(Nested(Or));
            while (Peek.Kind is TokenKind.Comma)
            {
                at++;
                arguments.Add(Nested(Or));
            }
        }

        Take(TokenKind.Close);
        if (arguments.Count < function.Least || arguments.Count > function.Most)
        {
            throw new ExpressionException(
                ExpressionStage.Parsing,
                arguments.Count < function.Least ? $"Too few parameters for '{name}'." : $"Too many parameters for '{name}'.",
                token.At
            );
        }

        if (function.OddOnly && arguments.Count % 2 == 0)
            throw new ExpressionException(ExpressionStage.Parsing, $"'{name}' takes an odd number of parameters.", token.At);
        return Bounded(new Call(function, arguments));
    }

    private T Nested<T>(Func<T> parse)
    {
        if (++nesting > Expression.MaxDepth)
            throw TooDeep();
        var parsed = parse();
        nesting--;
        return parsed;
    }

    private static Node Bounded(Node node) => node.Depth > Expression.MaxDepth ? throw TooDeep() : node;

    private void Take(TokenKind kind)
    {
        if (tokens[at].Kind != kind)
            throw Unexpected();
        at++;
    }

    private static ExpressionException TooDeep() =>
        new(ExpressionStage.Parsing, $"The expression is nested deeper than {Expression.MaxDepth} levels.");

    private ExpressionException Unexpected() => Unexpected(Peek);

    private static ExpressionException Unexpected(Token token) =>
        token.Kind is TokenKind.End
            ? new ExpressionException(ExpressionStage.Parsing, "Unexpected end of expression.", token.At)
            : new ExpressionException(ExpressionStage.Parsing, $"Unexpected {token.Kind} at position {token.At + 1}.", token.At);
}
