using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Runbooks.Expressions;

namespace Runbooks.Actions;

/// <summary>A length of time as people write it: <c>30m</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class DurationTextAttribute : ValidationAttribute
{
    public string? Least { get; init; }

    public string? Most { get; init; }

    /// <summary>Whether it has to last at all.</summary>
    public bool Positive { get; init; }

    public override bool IsValid(object? value) =>
        value is null
        || (
            value is string text
            && Duration.TryParse(text, out var length)
            && !(length < Bound(Least))
            && !(length > Bound(Most))
            && !(Positive && length == TimeSpan.Zero)
        );

    public override string FormatErrorMessage(string name) =>
        $"{name} a length of time, as 500ms, 10s, 5m, 2h or 1d"
        + (Positive ? ", more than 0s" : "")
        + (Least is null ? "" : $", at least {Least}")
        + (Most is null ? "" : $", at most {Most}");

    private static TimeSpan? Bound(string? text) => text is not null && Duration.TryParse(text, out var bound) ? bound : null;
}

/// <summary>A size as people write it: <c>10MB</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ByteSizeTextAttribute(string most) : ValidationAttribute
{
    public string Most => most;

    public override bool IsValid(object? value) =>
        value is null || (value.ToString() is { } text && ByteSize.Parse(text, ByteSize.Parse(most, long.MaxValue)!.Value) is not null);

    public override string FormatErrorMessage(string name) => $"{name} {ByteSize.Fix}, at most {most}";
}

/// <summary>A rule that says of a value what is wrong with it.</summary>
public abstract class ExplainedRuleAttribute : ValidationAttribute
{
    /// <returns>What it must be instead, as it goes on after "must be"; null: it fits.</returns>
    public abstract string? Problem(object? value);

    /// <summary>Held only against what is written out: what an expression brings the action itself looks at.</summary>
    public virtual bool OnlyWrittenOut => false;

    public override bool IsValid(object? value) => Problem(value) is null;
}

/// <summary>A text that the action can read.</summary>
public abstract class TextFormAttribute : ExplainedRuleAttribute
{
    /// <summary>For editors, which may take more by it; null: they take any.</summary>
    public virtual string? Pattern => null;

    /// <summary>As it goes on after "must be".</summary>
    protected abstract string Form { get; }

    public override string? Problem(object? value) =>
        value?.ToString() is not { } text || Fits(text) ? null : $"{Form}, and '{text}' is not";

    public override string FormatErrorMessage(string name) => $"{name} {Form}";

    protected abstract bool Fits(string text);
}

/// <summary>An address with <c>http</c> or <c>https</c>, and nobody's name or password in it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpAddressAttribute : ValidationAttribute
{
    /// <summary>The paths of an API follow it: what stands behind a <c>?</c> or <c>#</c> would be lost.</summary>
    public bool IsBase { get; init; }

    public override bool IsValid(object? value) =>
        value is null
        || (
            Uri.TryCreate(value.ToString(), UriKind.Absolute, out var address)
            && address is { Scheme: "http" or "https", UserInfo: "" }
            && !(IsBase && address is not { Query: "", Fragment: "" })
        );

    public override string FormatErrorMessage(string name) =>
        $"{name} an address with http:// or https://, without user:password@" + (IsBase ? ", '?' or '#'" : "");
}

/// <summary>A text with something in it.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class FilledAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is null || !string.IsNullOrWhiteSpace(value.ToString());

    public override string FormatErrorMessage(string name) => $"{name} a text that is not empty";
}

/// <summary>Headers of a request by their names (RFC 9110, section 5).</summary>
/// <param name="ofBody">May say something of the body, as <c>Content-Type</c>; else the action does.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpHeadersAttribute(bool ofBody = false) : ExplainedRuleAttribute
{
    /// <returns>With the name of the header that is wrong and nothing of its value.</returns>
    public override string? Problem(object? value) =>
        value is IReadOnlyDictionary<string, string> headers ? HeaderRules.Problem(headers, ofBody) : null;

    public override string FormatErrorMessage(string name) => $"{name} a mapping";
}

/// <summary>Variables by names that every shell knows as such (POSIX, XBD 3.216).</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ShellVariablesAttribute : ExplainedRuleAttribute
{
    public const string Pattern = "^[A-Za-z_][A-Za-z0-9_]*$";

    /// <returns>With the name of the variable that is wrong and nothing of its value.</returns>
    public override string? Problem(object? value) =>
        (value as IReadOnlyDictionary<string, string>)?.Keys.FirstOrDefault(name => !IsName(name)) is { } wrong
            ? $"without {JsonSerializer.Serialize(wrong)}: a variable's name is of letters, digits and underscores, and begins with no digit"
            : null;

    public override string FormatErrorMessage(string name) => $"{name} a mapping";

    private static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_');
}
