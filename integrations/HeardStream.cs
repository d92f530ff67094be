namespace Integrations;

/// <summary>
/// Tells why nothing more can be read: a client closes its connection for that reason, and may say only that it is closed, or that it
/// could not write.
/// </summary>
internal sealed class HeardStream(Stream inner, Action<IOException> lost, TimeProvider time) : PassingStream(inner)
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await base.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException fault)
        {
            lost(fault);
            throw;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await base.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            await HearAsync();
            throw;
        }
    }

    // With TLS 1.3 a client writes before it knows whether its certificate was taken: the server's word stands there still to be read.
    private async Task HearAsync()
    {
        using var soon = new CancellationTokenSource(LastWords, time);
        try
        {
            _ = await base.ReadAsync(new byte[1], soon.Token);
        }
        catch (IOException fault)
        {
            lost(fault);
        }
        catch (Exception fault) when (fault is OperationCanceledException or NotSupportedException)
        {
            // It said nothing, or somebody reads already, who will hear it.
        }
    }
}
