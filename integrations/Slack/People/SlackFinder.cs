using System.Collections.Immutable;
using Integrations.Slack.Api;
using Integrations.Slack.Sending;

namespace Integrations.Slack.People;

/// <summary>
/// Finds people of the workspace who have not used the bot, so that they can be called: by the e-mail address that Slack has verified, in
/// one call; by their handle among all people, who are listed page by page and kept for a while.
/// </summary>
internal sealed class SlackFinder(SlackApi api, SlackCalls calls, SlackPeople people, TimeProvider time) : IDisposable
{
    // Slack shows up to a thousand a page; a bigger workspace than that has e-mail addresses.
    private const int PerPage = 1_000;
    private const int MostPages = 20;

    // Who is not among them may have come a moment ago; somebody may wait for it, and few pages a minute may be read.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FreshEnough = TimeSpan.FromMinutes(1);

    private static readonly ImmutableDictionary<string, SlackUser> Nothing = ImmutableDictionary.Create<string, SlackUser>(
        StringComparer.OrdinalIgnoreCase
    );

    private readonly SemaphoreSlim listing = new(1, 1);
    private Listed? listed;

    // Whoever waits has little time: where one look ended the next one goes on.
    private Begun? begun;

    public Task<ChatFoundPerson> FindAsync(string name, CancellationToken cancel) =>
        name.Contains('@', StringComparison.Ordinal) ? ByEmailAsync(name, cancel) : ByHandleAsync(name, cancel);

    public void Dispose() => listing.Dispose();

    private async Task<ChatFoundPerson> ByEmailAsync(string email, CancellationToken cancel)
    {
        var arguments = new UsersLookupByEmail(email);
        var found = await calls.AtOnceAsync(SlackMethod.LookUpUser, null, () => api.Users.LookupByEmail(arguments, cancel), cancel);
        return found is { IsOk: true, Value.User: { } user } ? await OfAsync(user, cancel)
            : found.Error is "users_not_found" ? Nobody($"nobody in Slack has the e-mail address {email}")
            : NotAnswered(found);
    }

    private async Task<ChatFoundPerson> ByHandleAsync(string handle, CancellationToken cancel)
    {
        await listing.WaitAsync(cancel);
        try
        {
            var age = listed is null ? TimeSpan.MaxValue : time.GetUtcNow() - listed.At;
            if (age >= Fresh || (age >= FreshEnough && !listed!.ByHandle.ContainsKey(handle)))
            {
                if (await ListAsync(cancel) is { } trouble)
                    return trouble;
            }
        }
        finally
        {
            listing.Release();
        }

        return listed!.ByHandle.TryGetValue(handle, out var user) ? await OfAsync(user, cancel)
            : listed.IsWhole ? Nobody($"nobody in Slack has the handle {handle}")
            : Nobody(
                $"nobody of the first {PerPage * MostPages} people in Slack has the handle {handle}: write the e-mail address instead"
            );
    }

    /// <returns>Null: it went well.</returns>
    private async Task<ChatFoundPerson?> ListAsync(CancellationToken cancel)
    {
        var look = begun is not null && time.GetUtcNow() - begun.At < Fresh ? begun : new Begun(Nothing, null, 0, time.GetUtcNow());
        do
        {
            var arguments = new UsersList { Limit = PerPage, Cursor = look.Cursor };
            var shown = await calls.AtOnceAsync(SlackMethod.ListUsers, null, () => api.Users.List(arguments, cancel), cancel);
            // An old place in the list may not be known any more.
            if (shown.Outcome is SlackOutcome.Refused)
                begun = null;
            if (!shown.IsOk)
                return NotAnswered(shown);
            var found = shown.Value!.Members.Where(user => user is { Deleted: false, IsBot: false });
            begun = look = look with
            {
                ByHandle = look.ByHandle.SetItems(found.Select(user => KeyValuePair.Create(user.Name, user))),
                Cursor = shown.Value.ResponseMetadata?.NextCursor,
                Pages = look.Pages + 1,
            };
        } while (!string.IsNullOrEmpty(look.Cursor) && look.Pages < MostPages);

        listed = new Listed(look.ByHandle, string.IsNullOrEmpty(look.Cursor), look.At);
        begun = null;
        return null;
    }

    private async Task<ChatFoundPerson> OfAsync(SlackUser user, CancellationToken cancel) =>
        await people.FindAsync(user.Id, user.Name, cancel) is { Standing: not ChatStanding.Unknown } person
            ? new ChatFoundPerson(person, null)
            : new ChatFoundPerson(null, $"Slack does not say now who {user.Name} is") { Retryable = true };

    private static ChatFoundPerson Nobody(string why) => new(null, why);

    private static ChatFoundPerson NotAnswered<T>(SlackAnswer<T> answer)
        where T : SlackResponse =>
        new(null, $"Slack does not say it ({answer.Error})") { Retryable = answer.Outcome is not SlackOutcome.Refused };

    private sealed record Begun(ImmutableDictionary<string, SlackUser> ByHandle, string? Cursor, int Pages, DateTimeOffset At);

    /// <param name="IsWhole">False: there are more than were listed.</param>
    private sealed record Listed(IReadOnlyDictionary<string, SlackUser> ByHandle, bool IsWhole, DateTimeOffset At);
}
