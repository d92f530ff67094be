using System.Diagnostics.CodeAnalysis;

namespace Runbooks.Expressions;

/// <summary>
/// One expression by GitHub's rules (<c>docs/expressions.md</c>), parsed once, evaluated from many threads.
/// At most 21,000 characters and 50 levels; what evaluating it costs is linear in it and in the values it looks at.
/// </summary>
public sealed class Expression
{
    public const int MaxLength = 21_000;
    public const int MaxDepth = 50;

    private readonly Node root;
    private readonly bool impliesSuccess;

    private Expression(string text, Node root, IReadOnlySet<string> contexts, bool impliesSuccess)
    {
        Text = text;
        Contexts = contexts;
        this.root = root;
        this.impliesSuccess = impliesSuccess;
    }

    public string Text { get; }

    /// <summary>The contexts it names.</summary>
    public IReadOnlySet<string> Contexts { get; }

    /// <summary>Parses a value: the text between <c>${{</c> and <c>}}</c>. Of nothing, the value is null.</summary>
    public static bool TryParse(
        string text,
        IReadOnlySet<string> contexts,
        [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out ExpressionError? error
    ) => TryParse(text, contexts, status: false, implied: false, out expression, out error);

    /// <summary>Parses a condition field; status functions are known, and without one an <c>if</c> implies <c>success()</c>.</summary>
    public static bool TryParseCondition(
        string text,
        IReadOnlySet<string> contexts,
        bool impliesSuccess,
        [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out ExpressionError? error
    ) => TryParse(text, contexts, status: true, impliesSuccess, out expression, out error);

    /// <exception cref="ExpressionException">The values do not allow it (<c>fromJSON</c> of no JSON, too much text …).</exception>
    public object? Evaluate(Scope scope) => root.Evaluate(scope);

    /// <summary>Whether a condition holds here.</summary>
    /// <exception cref="ExpressionException">As <see cref="Evaluate"/>.</exception>
    public bool Holds(Scope scope) => (!impliesSuccess || scope.Status is RunStatus.Success) && Values.IsTruthy(root.Evaluate(scope));

    private static bool TryParse(
        string text,
        IReadOnlySet<string> contexts,
        bool status,
        bool implied,
        [NotNullWhen(true)] out Expression? expression,
        [NotNullWhen(false)] out ExpressionError? error
    )
    {
        try
        {
            var (root, parser) = Parser.Parse(text, contexts, status);
            expression = new Expression(text, root, parser.Used, implied && !parser.CallsStatus);
            error = null;
            return true;
        }
        catch (ExpressionException fault)
        {
            expression = null;
            error = fault.Error;
            return false;
        }
    }
}
