using System.ComponentModel.DataAnnotations;
using Runbooks.Expressions;

namespace Runbooks.Actions;

/// <summary>A length of time as people write it: <c>30m</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class DurationTextAttribute : ValidationAttribute
{
    public string? Least { get; init; }

    public string? Most { get; init; }

    public override bool IsValid(object? value) =>
        value is null
        || (value is string text && Duration.TryParse(text, out var length) && !(length < Bound(Least)) && !(length > Bound(Most)));

    public override string FormatErrorMessage(string name) =>
        $"{name} a length of time, as 500ms, 10s, 5m, 2h or 1d"
        + (Least is null ? "" : $", at least {Least}")
        + (Most is null ? "" : $", at most {Most}");

    private static TimeSpan? Bound(string? text) => text is not null && Duration.TryParse(text, out var bound) ? bound : null;
}

/// <summary>An address with <c>http</c> or <c>https</c>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HttpAddressAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) =>
        value is null || (Uri.TryCreate(value.ToString(), UriKind.Absolute, out var address) && address.Scheme is "http" or "https");

    public override string FormatErrorMessage(string name) => $"{name} an address with http:// or https://";
}
