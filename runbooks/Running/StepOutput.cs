using System.Globalization;
using Runbooks.Secrets;

namespace Runbooks.Running;

/// <summary>
/// What one attempt writes: bytes of a script's streams or lines of an action. Out come lines without control characters and
/// without secrets, of bounded length, number and size.
/// </summary>
public sealed class StepOutput
{
    private readonly string run;
    private readonly string step;
    private readonly SecretMask mask;
    private readonly IOutputSink sink;

    // Made when the first byte comes: most steps write nothing, and a stream has buffers.
    private readonly Lazy<StreamOutput> standard;
    private readonly Lazy<StreamOutput> error;

    /// <param name="limit">Bytes of each stream that are kept (<c>log-limit</c>): the first half as it comes, the last half at the end.</param>
    public StepOutput(string run, string step, int limit, SecretMask mask, IOutputSink sink, TimeProvider time)
    {
        (this.run, this.step, this.mask, this.sink) = (run, step, mask, sink);
        (standard, error) = (new(() => New(Out)), new(() => New(Error)));

        StreamOutput New(string name) => new(name, limit, mask, time, (stream, text, at) => sink.Write(run, step, stream, text, at));
    }

    /// <summary>Names of streams. <see cref="Info"/> is what the engine itself says.</summary>
    public const string Out = "out";
    public const string Error = "err";
    public const string Info = "info";

    /// <summary>Never blocks, never throws.</summary>
    public void Write(string stream, ReadOnlySpan<byte> bytes) => Of(stream).Value.Write(bytes);

    /// <summary>One line; line breaks in it make more.</summary>
    public void Line(string text, string stream = Out) => Of(stream).Value.Write(System.Text.Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>What the engine has to say about the attempt.</summary>
    public void Tell(string text) => sink.Write(run, step, Info, mask.Apply(text));

    /// <summary>Writes what is kept of the end, and says what was cut. What is written afterwards is left out.</summary>
    /// <param name="cut">Whoever wrote was ended, maybe in the middle of a word: no half of a secret is left at the end.</param>
    public void End(bool cut = false)
    {
        foreach (var stream in (Lazy<StreamOutput>[])[standard, error])
        {
            if (stream.IsValueCreated)
                stream.Value.End(cut);
        }
    }

    /// <summary>The beginning of a stream, in clear, without control characters; where it is cut it says so, and no secret is cut in two.</summary>
    public string Text(string stream) => Of(stream) is { IsValueCreated: true } written ? written.Value.Text() : "";

    /// <summary>Why a script that ended with this code failed, as far as its errors tell.</summary>
    public string ExitReason(int code)
    {
        var (end, isAll) = error.IsValueCreated ? error.Value.Last(Running.ExitReason.Look(mask)) : ("", true);
        return Running.ExitReason.Of(code, end, isAll, mask);
    }

    private Lazy<StreamOutput> Of(string stream) => stream is Error ? error : standard;

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
