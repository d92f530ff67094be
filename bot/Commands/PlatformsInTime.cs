using Bot.Access;
using Bot.Effects;
using Integrations;

namespace Bot.Commands;

/// <summary>What is asked of a platform while somebody waits for the answer to their command.</summary>
internal sealed class PlatformsInTime(IChatDirectory directory, Haste haste)
{
    /// <summary>Goes into a room that people made.</summary>
    /// <returns>Delivered with the room's id; else why not, in words.</returns>
    public Task<ChatReceipt> EnterAsync(IChatPlatform platform, string room, bool isPrivate, Caller caller, CancellationToken cancel) =>
        InTimeAsync(
            limit => platform.EnterRoomAsync(room, isPrivate, PersonOf(platform, caller), limit),
            new ChatReceipt(false, true, null, NoAnswer(platform)),
            cancel
        );

    /// <summary>Reads a message by its link.</summary>
    /// <inheritdoc cref="IChatPlatform.ReadAsync" path="/returns"/>
    public Task<ChatFound?> ReadAsync(IChatPlatform platform, string link, Caller caller, CancellationToken cancel) =>
        InTimeAsync(limit => platform.ReadAsync(link, PersonOf(platform, caller), limit), new ChatFound(null, NoAnswer(platform)), cancel);

    /// <inheritdoc cref="IChatPlatform.NameOfAsync"/>
    public Task<string?> NameAsync(IChatPlatform platform, string room, CancellationToken cancel) =>
        InTimeAsync(limit => platform.NameOfAsync(room, limit), null, cancel);

    /// <inheritdoc cref="IStrangers.FindAsync"/>
    public Task<FoundStranger> FindAsync(IStrangers strangers, string name, CancellationToken cancel) =>
        InTimeAsync(
            limit => strangers.FindAsync(name, limit),
            new FoundStranger(null, "the chat does not answer", Retryable: true),
            cancel
        );

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, T otherwise, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(haste.Request);
        try
        {
            return await ask(limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return otherwise;
        }
    }

    // A token named like a person is still not that person.
    private string? PersonOf(IChatPlatform platform, Caller caller) =>
        caller.Actor.IsPerson ? directory.PersonOf(platform.Name, caller.Actor.Name) : null;

    private static string NoAnswer(IChatPlatform platform) => $"{platform.Name} does not answer. Try again in a moment.";
}
