namespace Runbooks.Expressions;

/// <summary>Sizes as runbooks write them: <c>500</c>, <c>64KB</c>, <c>10MB</c>, <c>2GB</c>, in thousands.</summary>
public static class ByteSize
{
    /// <summary>For editors.</summary>
    public const string Pattern = "^[0-9]+(B|KB|MB|GB)?$";

    public const string Fix = "a size, as 64KB or 10MB";

    /// <returns>Null: it is none, is nothing, or more than the most.</returns>
    public static long? Parse(string text, long most)
    {
        var unit = text.AsSpan().TrimStart("0123456789");
        var factor = unit switch
        {
            "" or "B" => 1L,
            "KB" => 1000L,
            "MB" => 1_000_000L,
            "GB" => 1_000_000_000L,
            _ => 0L,
        };
        return
            long.TryParse(text.AsSpan(0, text.Length - unit.Length), out var number)
            && number <= most
            && number * factor is > 0 and var bytes
            && bytes <= most
            ? bytes
            : null;
    }

    public static string Said(long bytes) => bytes >= 1_000_000 ? $"{bytes / 1_000_000} MB" : $"{bytes} bytes";
}
