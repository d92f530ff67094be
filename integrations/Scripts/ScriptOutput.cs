using Runbooks.Running;

namespace Integrations.Scripts;

/// <summary>Carries one stream of a script to its output, as fast as it comes: a script is never held up by us for long.</summary>
internal static class ScriptOutput
{
    private const int Buffer = 64 * 1024;

    /// <summary>Ends when nobody holds the other end any more, or with what has come when it is cancelled.</summary>
    public static async Task ReadAsync(Stream pipe, StepOutput output, string stream, CancellationToken cancel)
    {
        var buffer = new byte[Buffer];
        while (await NextAsync(pipe, buffer, cancel) is > 0 and var read)
            output.Write(stream, buffer.AsSpan(0, read));
    }

    private static async Task<int> NextAsync(Stream pipe, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await pipe.ReadAsync(buffer, cancel);
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }
}
