using Bot.Access;
using Bot.Effects;
using Integrations;

namespace Bot.Commands;

/// <summary>What is asked of a platform while somebody waits for the answer to their command.</summary>
internal static class PlatformsInTime
{
    // A platform shows an error after three seconds, of which it may have taken one to say who they are.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Goes into a room that people made.</summary>
    /// <returns>Delivered with the room's id; else why not, in words.</returns>
    public static Task<ChatReceipt> EnterInTimeAsync(
        this IChatPlatform platform,
        string room,
        bool isPrivate,
        IChatDirectory directory,
        Caller caller,
        CancellationToken cancel
    ) =>
        InTimeAsync(
            limit => platform.EnterRoomAsync(room, isPrivate, PersonOf(platform, directory, caller), limit),
            new ChatReceipt(false, true, null, NoAnswer(platform)),
            cancel
        );

    /// <summary>Reads a message by its link.</summary>
    /// <inheritdoc cref="IChatPlatform.ReadAsync" path="/returns"/>
    public static Task<ChatFound?> ReadInTimeAsync(
        this IChatPlatform platform,
        string link,
        IChatDirectory directory,
        Caller caller,
        CancellationToken cancel
    ) =>
        InTimeAsync(
            limit => platform.ReadAsync(link, PersonOf(platform, directory, caller), limit),
            new ChatFound(null, NoAnswer(platform)),
            cancel
        );

    /// <inheritdoc cref="IChatPlatform.NameOfAsync"/>
    public static Task<string?> NameInTimeAsync(this IChatPlatform platform, string room, CancellationToken cancel) =>
        InTimeAsync(limit => platform.NameOfAsync(room, limit), null, cancel);

    /// <inheritdoc cref="IStrangers.FindAsync"/>
    public static Task<FoundStranger> FindInTimeAsync(this IStrangers strangers, string name, CancellationToken cancel) =>
        InTimeAsync(
            limit => strangers.FindAsync(name, limit),
            new FoundStranger(null, "the chat does not answer", Retryable: true),
            cancel
        );

    private static async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> ask, T otherwise, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
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
    private static string? PersonOf(IChatPlatform platform, IChatDirectory directory, Caller caller) =>
        caller.Actor.IsPerson ? directory.PersonOf(platform.Name, caller.Actor.Name) : null;

    private static string NoAnswer(IChatPlatform platform) => $"{platform.Name} does not answer. Try again in a moment.";
}
