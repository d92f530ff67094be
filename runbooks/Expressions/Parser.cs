namespace Runbooks.Expressions;

/// <summary>
/// Recursive descent over the tokens; every name is checked here, so that a misspelt one fails even behind <c>false &amp;&amp;</c>.
/// Levels are counted as GitHub's parser counts them: the whole, each parenthesis, argument and index; each <c>!</c>, <c>.</c> and
/// <c>[ ]</c>; each run of <c>&amp;&amp;</c> or <c>||</c>. That bounds its recursion, and that of evaluation.
/// </summary>
internal sealed class Parser
{
    /// <summary>How many names a message lists.</summary>
    private const int Listed = 20;

    private readonly string text;
    private readonly List<Token> tokens;
    private readonly IReadOnlySet<string> contexts;
    private readonly bool status;
    private int at;
    private int depth;

    private Parser(string text, IReadOnlySet<string> contexts, bool status)
    {
        this.text = text;
        this.contexts = contexts;
        this.status = status;
        tokens = Lexer.Read(text);
    }

    /// <summary>Contexts named and whether a status function is called, for the implied <c>success()</c>.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.OrdinalIgnoreCase);
    public bool CallsStatus { get; private set; }

    /// <returns>The root; of an expression of nothing, null.</returns>
    public static (Node Root, Parser Parser) Parse(string text, IReadOnlySet<string> contexts, bool status)
    {
        var parser = new Parser(text, contexts, status);
        if (parser.Peek.Kind is TokenKind.End)
            return (new Literal(null), parser);
        var root = parser.Whole();
        if (parser.Peek.Kind is not TokenKind.End)
            throw parser.Unexpected("Expected an operator (== != < <= > >= && ||) or the end.");
        return (root, parser);
    }

    private Token Peek => tokens[at];

    private Node Whole()
    {
        Enter();
        var node = Or();
        depth--;
        return node;
    }

    private Node Or() => Chained(false, TokenKind.Or, And);

    private Node And() => Chained(true, TokenKind.And, Equality);

    private Node Chained(bool isAnd, TokenKind joint, Func<Node> operand)
    {
        var first = operand();
        if (Peek.Kind != joint)
            return first;
        Enter();
        var operands = new List<Node> { first };
        while (Peek.Kind == joint)
        {
            at++;
            operands.Add(operand());
        }

        depth--;
        return new Chain(isAnd, operands);
    }

    private Node Equality() => Compared(kind => kind is TokenKind.Equal or TokenKind.NotEqual, Relation);

    private Node Relation() =>
        Compared(kind => kind is TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual, Unary);

    private Node Compared(Func<TokenKind, bool> isOperator, Func<Node> operand)
    {
        var first = operand();
        if (!isOperator(Peek.Kind))
            return first;
        var rest = new List<(TokenKind, Node)>();
        while (isOperator(Peek.Kind))
        {
            var kind = tokens[at++].Kind;
            rest.Add((kind, operand()));
        }

        return new Comparison(first, rest);
    }

    private Node Unary()
    {
        if (Peek.Kind is not TokenKind.Not)
            return Postfix();
        at++;
        Enter();
        var node = new Not(Unary());
        depth--;
        return node;
    }

    private Node Postfix()
    {
        var node = Primary();
        // Only what ends in ')' or a name has an index; a literal has none.
        if (tokens[at - 1].Kind is not (TokenKind.Close or TokenKind.Name))
            return node;
        var levels = 0;
        while (Peek.Kind is TokenKind.Dot or TokenKind.OpenIndex)
        {
            node = tokens[at++].Kind is TokenKind.Dot ? Property(node) : Element(node);
            Enter();
            levels++;
        }

        depth -= levels;
        return node;
    }

    private Node Property(Node of)
    {
        if (Peek.Kind is not (TokenKind.Name or TokenKind.Star))
            throw Unexpected("Expected a name or '*' after '.'; other keys are written [1] or ['key'].");
        var name = tokens[at++];
        return name.Kind is TokenKind.Star ? new Filter(of) : new Index(of, new Literal(name.Value));
    }

    private Node Element(Node of)
    {
        if (Peek.Kind is TokenKind.Star)
        {
            at++;
            Take(TokenKind.CloseIndex, "Expected ']'.");
            return new Filter(of);
        }

        var key = Whole();
        Take(TokenKind.CloseIndex, "Expected ']'.");
        return new Index(of, key);
    }

    private Node Primary()
    {
        var token = Peek;
        switch (token.Kind)
        {
            case TokenKind.Null or TokenKind.Boolean or TokenKind.Number or TokenKind.Text:
                at++;
                return new Literal(token.Value);
            case TokenKind.Open:
                at++;
                var inner = Whole();
                Take(TokenKind.Close, "Expected ')'.");
                return inner;
            case TokenKind.Name:
                at++;
                return Peek.Kind is TokenKind.Open ? Called(token) : Named(token);
            default:
                throw Unexpected("Expected a value: a literal, a context, a function or '('.");
        }
    }

    private Context Named(Token token)
    {
        if (!contexts.Contains(token.Raw))
        {
            var known = string.Join(", ", contexts.Order(StringComparer.Ordinal).Take(Listed));
            var more =
                contexts.Count > Listed ? " …"
                : contexts.Count == 0 ? "nothing"
                : "";
            throw Fault("Unrecognized named-value", token, $"{Suggestion.For(token.Raw, contexts)} Known here: {known}{more}.".TrimStart());
        }

        Used.Add(token.Raw);
        return new Context(token.Raw);
    }

    private Call Called(Token token)
    {
        if (!Function.All.TryGetValue(token.Raw, out var function))
        {
            var known = string.Join(", ", Function.All.Keys.Order(StringComparer.OrdinalIgnoreCase));
            throw Fault(
                "Unrecognized function",
                token,
                $"{Suggestion.For(token.Raw, Function.All.Keys)} Known functions: {known}.".TrimStart()
            );
        }

        if (function.IsStatus && !status)
            throw Fault("Unrecognized function", token, "Status functions are for conditions.");
        CallsStatus |= function.IsStatus;
        var arguments = Arguments();
        if (arguments.Count < function.Least)
            throw Fault("Too few parameters supplied", token, function.Takes);
        if (arguments.Count > function.Most)
            throw Fault("Too many parameters supplied", token, function.Takes);
        if (function.OddOnly && arguments.Count % 2 == 0)
            throw Fault("Even number of parameters supplied, requires an odd number of parameters", token, function.Takes);
        return new Call(function, arguments, token.At);
    }

    private List<Node> Arguments()
    {
        var arguments = new List<Node>();
        at++;
        if (Peek.Kind is not TokenKind.Close)
        {
            arguments.Add(Whole());
            while (Peek.Kind is TokenKind.Comma)
            {
                at++;
                arguments.Add(Whole());
            }
        }

        Take(TokenKind.Close, "Expected ',' or ')'.");
        return arguments;
    }

    private void Enter()
    {
        if (++depth > Expression.MaxDepth)
        {
            throw new ExpressionException(
                ExpressionStage.Parsing,
                $"Exceeded max expression depth {Expression.MaxDepth}. Located at position {Peek.At + 1} within expression: "
                    + $"{ExpressionException.Short(text)}. Cut it into steps' outputs.",
                Peek.At
            );
        }
    }

    private void Take(TokenKind kind, string hint)
    {
        if (Peek.Kind != kind)
            throw Unexpected(hint);
        at++;
    }

    private ExpressionException Unexpected(string hint) =>
        Peek.Kind is TokenKind.End ? Fault("Unexpected end of expression", tokens[at - 1], hint) : Fault("Unexpected symbol", Peek, hint);

    private ExpressionException Fault(string what, Token token, string hint) =>
        ExpressionException.Located(ExpressionStage.Parsing, what, token.Raw, token.At, text, hint);
}
