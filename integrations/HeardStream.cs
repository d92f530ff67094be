namespace Integrations;

/// <summary>
/// Tells why nothing more can be read: a client closes its connection for that reason, and may say only that it is closed.
/// </summary>
internal sealed class HeardStream(Stream inner, Action<IOException> lost) : PassingStream(inner)
{
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
}
