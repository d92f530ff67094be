using System.Globalization;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>
/// What one attempt writes: bytes of a script's streams or lines of an action. Out come lines without control characters and
/// without secrets, of bounded length, number and size. Each stream is written by one thread at a time.
/// </summary>
/// <param name="limit">Bytes of each stream that are kept (<c>log-limit</c>): the first half as it comes, the last half at the end.</param>
public sealed class StepOutput(string run, string step, int limit, SecretMask mask, IOutputSink sink)
{
    // Made when the first byte comes: most steps write nothing, and a stream has buffers.
    private StreamOutput? standard;
    private StreamOutput? error;

    /// <summary>Names of streams. <see cref="Info"/> is what the engine itself says.</summary>
    public const string Out = "out";
    public const string Error = "err";
    public const string Info = "info";

    /// <summary>Never blocks, never throws.</summary>
    public void Write(string stream, ReadOnlySpan<byte> bytes) => Of(stream).Write(bytes);

    /// <summary>One line; line breaks in it make more.</summary>
    public void Line(string text, string stream = Out) => Of(stream).Write(System.Text.Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>What the engine has to say about the attempt.</summary>
    public void Tell(string text) => sink.Write(run, step, Info, mask.Apply(text));

    /// <summary>Writes what is kept of the end, and says what was cut. Afterwards nothing may be written.</summary>
    public void End()
    {
        standard?.End();
        error?.End();
    }

    /// <summary>The beginning of a stream, in clear, without control characters; where it is cut it says so, and no secret is cut in two.</summary>
    public string Text(string stream) => (stream is Error ? error : standard)?.Text() ?? "";

    private StreamOutput Of(string stream) => stream is Error ? error ??= New(Error) : standard ??= New(Out);

    private StreamOutput New(string name) => new(name, limit, mask, (stream, text) => sink.Write(run, step, stream, text));

    /// <summary><c>12.3 MB</c>, <c>4.1 KB</c>, <c>63 bytes</c>.</summary>
    public static string About(long bytes) =>
        bytes switch
        {
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
            >= 1_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} KB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        };

    /// <summary><c>10 MB</c>, <c>64 KB</c>, <c>1,063 bytes</c>.</summary>
    internal static string Size(long bytes) =>
        bytes switch
        {
            >= 1_000_000 when bytes % 1_000_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000_000:N0} MB"),
            >= 1_000 when bytes % 1_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1_000:N0} KB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes"),
        };
}
