namespace Runbooks.Secrets;

/// <summary>
/// What must not come back out of one call: the secrets that the run knows, and what the action sends besides to show who asks (a token of
/// the settings, of the pod, one that a server made). Whoever was sent a thing may say it again. Used from many threads.
/// </summary>
public sealed class CallMask(SecretMask known)
{
    private readonly Lock gate = new();
    private readonly List<string> sent = [];
    private SecretMask? both;

    public SecretMask Now => both ?? known;

    /// <summary>Of what was sent besides alone: for text that goes through the run's own mask anyway.</summary>
    public SecretMask Besides { get; private set; } = SecretMask.None;

    /// <summary>Called before it leaves.</summary>
    public void Add(string credential)
    {
        lock (gate)
        {
            if (sent.Contains(credential, StringComparer.Ordinal))
                return;
            sent.Add(credential);
            Besides = new SecretMask(sent);
            both = known.With(sent);
        }
    }
}
