namespace Runbooks.Expressions;

/// <summary>A parsed expression. Immutable; evaluated from many threads.</summary>
internal abstract record Node
{
    /// <summary>Levels below and including this one; bounded when it is parsed, so recursion is, too.</summary>
    public virtual int Depth => 1;

    public abstract object? Evaluate(Scope scope);
}

internal sealed record Literal(object? Value) : Node
{
    public override object? Evaluate(Scope scope) => Value;
}

internal sealed record Context(string Name) : Node
{
    public override object? Evaluate(Scope scope) => scope.Context(Name);
}

internal sealed record Not(Node Of) : Node
{
    public override int Depth { get; } = Of.Depth + 1;

    public override object? Evaluate(Scope scope) => !Values.IsTruthy(Of.Evaluate(scope));
}

internal sealed record Compare(TokenKind Operator, Node Left, Node Right) : Node
{
    public override int Depth { get; } = Math.Max(Left.Depth, Right.Depth) + 1;

    public override object? Evaluate(Scope scope)
    {
        var left = Left.Evaluate(scope);
        var right = Right.Evaluate(scope);
        return Operator switch
        {
            TokenKind.Equal => Values.AreEqual(left, right),
            TokenKind.NotEqual => !Values.AreEqual(left, right),
            TokenKind.Less => Values.IsLess(left, right),
            TokenKind.LessOrEqual => Values.AreEqual(left, right) || Values.IsLess(left, right),
            TokenKind.Greater => Values.IsLess(right, left),
            _ => Values.AreEqual(left, right) || Values.IsLess(right, left),
        };
    }
}

/// <summary><c>&amp;&amp;</c> or <c>||</c> over any number of operands: the first that decides is the value, as it is.</summary>
internal sealed record Chain(bool IsAnd, IReadOnlyList<Node> Operands) : Node
{
    public override int Depth { get; } = Operands.Max(operand => operand.Depth) + 1;

    public override object? Evaluate(Scope scope)
    {
        object? value = null;
        foreach (var operand in Operands)
        {
            value = operand.Evaluate(scope);
            if (Values.IsTruthy(value) != IsAnd)
                return value;
        }

        return value;
    }
}

internal sealed record Call(Function Function, IReadOnlyList<Node> Arguments) : Node
{
    public override int Depth { get; } = Arguments.Count == 0 ? 1 : Arguments.Max(argument => argument.Depth) + 1;

    public override object? Evaluate(Scope scope) => Function.Run(scope, Arguments);
}

/// <summary><c>x.*</c> and <c>x[*]</c>: the values of a list or map, as a list that maps what follows.</summary>
internal sealed record Filter(Node Of) : Node
{
    public override int Depth { get; } = Of.Depth + 1;

    public override object? Evaluate(Scope scope)
    {
        var value = Of.Evaluate(scope);
        var items = new List<object?>();
        if (value is ListValue { Filtered: true } filtered)
        {
            foreach (var item in filtered.Items)
                AddAll(items, item);
        }
        else
        {
            AddAll(items, value);
        }

        scope.Spend(items.Count);
        return new ListValue(items, filtered: true);
    }

    private static void AddAll(List<object?> items, object? value)
    {
        if (value is ListValue list)
            items.AddRange(list.Items);
        else if (value is MapValue map)
            items.AddRange(map.Entries.Select(entry => entry.Value));
    }
}

/// <summary><c>x.name</c> and <c>x[key]</c>: what is not there is null.</summary>
internal sealed record Index(Node Of, Node Key) : Node
{
    public override int Depth { get; } = Math.Max(Of.Depth, Key.Depth) + 1;

    public override object? Evaluate(Scope scope)
    {
        var value = Of.Evaluate(scope);
        var key = Key.Evaluate(scope);
        if (value is not ListValue { Filtered: true } filtered)
            return TryTake(value, key, out var found) ? found : null;
        var items = new List<object?>();
        foreach (var item in filtered.Items)
        {
            if (TryTake(item, key, out var one))
                items.Add(one);
        }

        scope.Spend(items.Count);
        return new ListValue(items, filtered: true);
    }

    private static bool TryTake(object? value, object? key, out object? found)
    {
        found = null;
        if (value is MapValue map)
            return Values.IsPrimitive(key) && map.TryGet(Values.ToText(key), out found);
        if (value is not ListValue list)
            return false;
        var place = Math.Floor(Values.ToNumber(key));
        if (!(place >= 0 && place < list.Items.Count))
            return false;
        found = list.Items[(int)place];
        return true;
    }
}
