namespace Runbooks.Expressions;

/// <summary>A parsed expression. Immutable; evaluated from many threads. How deep nodes nest is bounded when they are parsed.</summary>
internal abstract record Node
{
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
    public override object? Evaluate(Scope scope) => !Values.IsTruthy(Of.Evaluate(scope));
}

/// <summary>Comparisons of one precedence in a row, each with the result of those before it: <c>3 &lt; 2 &lt; 1</c> is <c>false &lt; 1</c>.</summary>
internal sealed record Comparison(Node First, IReadOnlyList<(TokenKind Operator, Node Right)> Rest) : Node
{
    public override object? Evaluate(Scope scope)
    {
        var left = First.Evaluate(scope);
        foreach (var (sign, node) in Rest)
        {
            var right = node.Evaluate(scope);
            scope.Work(Values.Weight(left) + Values.Weight(right));
            left = sign switch
            {
                TokenKind.Equal => Values.AreEqual(left, right),
                TokenKind.NotEqual => !Values.AreEqual(left, right),
                TokenKind.Less => Values.IsLess(left, right),
                TokenKind.LessOrEqual => Values.AreEqual(left, right) || Values.IsLess(left, right),
                TokenKind.Greater => Values.IsLess(right, left),
                _ => Values.AreEqual(left, right) || Values.IsLess(right, left),
            };
        }

        return left;
    }
}

/// <summary><c>&amp;&amp;</c> or <c>||</c> over any number of operands: the first that decides is the value, as it is.</summary>
internal sealed record Chain(bool IsAnd, IReadOnlyList<Node> Operands) : Node
{
    public override object? Evaluate(Scope scope)
    {
        object? value = null;
        foreach (var operand in Operands)
        {
            scope.Work(1);
            value = operand.Evaluate(scope);
            if (Values.IsTruthy(value) != IsAnd)
                return value;
        }

        return value;
    }
}

/// <param name="At">Where the name stands in the expression.</param>
internal sealed record Call(Function Function, IReadOnlyList<Node> Arguments, int At) : Node
{
    public override object? Evaluate(Scope scope)
    {
        try
        {
            return Function.Run(scope, Arguments);
        }
        catch (ExpressionException fault) when (fault.Error.At < 0)
        {
            throw fault.In(Function.Name, At);
        }
    }
}

/// <summary><c>x.*</c> and <c>x[*]</c>: the values of a list or map, as a list that maps what follows.</summary>
internal sealed record Filter(Node Of) : Node
{
    public override object? Evaluate(Scope scope)
    {
        var value = Of.Evaluate(scope);
        var items = new List<object?>();
        if (value is ListValue { Filtered: true } filtered)
        {
            foreach (var item in filtered.Items)
                AddAll(scope, items, item);
        }
        else
        {
            AddAll(scope, items, value);
        }

        return new ListValue(items, filtered: true);
    }

    private static void AddAll(Scope scope, List<object?> items, object? value)
    {
        scope.TakeItems(Values.Count(value) + 1);
        if (value is ListValue list)
            items.AddRange(list.Items);
        else if (value is MapValue map)
            items.AddRange(map.Entries.Select(entry => entry.Value));
        else if (value is Withheld withheld)
            throw withheld.Used();
    }
}

/// <summary><c>x.name</c> and <c>x[key]</c>: what is not there is null.</summary>
internal sealed record Index(Node Of, Node Key) : Node
{
    public override object? Evaluate(Scope scope)
    {
        var value = Of.Evaluate(scope);
        var key = Key.Evaluate(scope);
        scope.Work(Values.Weight(key));
        if (value is not ListValue { Filtered: true } filtered)
            return new Place(key).TryTake(value, out var found) ? found : null;
        var place = new Place(key);
        var items = new List<object?>();
        foreach (var item in filtered.Items)
        {
            scope.TakeItems(1);
            if (place.TryTake(item, out var one))
                items.Add(one);
        }

        return new ListValue(items, filtered: true);
    }

    /// <summary>A key as a list and as a map read it, converted once however many it is looked up in.</summary>
    private readonly struct Place(object? key)
    {
        private readonly double number = Math.Floor(Values.ToNumber(key));
        private readonly string? name = Values.IsPrimitive(key) ? Values.ToText(key) : null;

        public bool TryTake(object? value, out object? found)
        {
            found = null;
            if (value is Withheld withheld)
                throw withheld.Used();
            if (value is MapValue map)
                return name is not null && map.TryGet(name, out found);
            if (value is not ListValue list || !(number >= 0 && number < list.Items.Count))
                return false;
            found = list.Items[(int)number];
            return true;
        }
    }
}
