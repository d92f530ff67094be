using System.Data.Common;
using Bot.Chat;
using Bot.Storage;
using Integrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.FakeSlack;

namespace Tests.Slack;

/// <summary>A node that is frozen between its row and its call, and wakes beside its successor.</summary>
public sealed class FrozenNodeStories : SlackStory
{
    private const string Words = "from the frozen node";
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(15);
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task What_it_had_decided_to_send_does_not_go_out_once_its_lease_is_over()
    {
        await MailStuckAsync();
        var frozen = new FrozenAfterWriting(Bot.Get<IStore>(), () => clock.Advance(Length));
        var lost = await Should.ThrowAsync<LeaseLostException>(() => PostAsync(frozen));
        lost.Message.ShouldContain("chat:slack");
        Slack.Calls.Of("chat.postMessage").ShouldNotContain(call => call.Call.Text("text") == Words);
    }

    [Fact]
    public async Task A_call_that_is_not_answered_ends_with_the_lease()
    {
        await MailStuckAsync();
        var began = new TaskCompletionSource();
        Slack.Faults.CallRule = call =>
        {
            if (call.Text("text") != Words)
                return null;
            began.TrySetResult();
            return new Fault.Hangs(Happens: false);
        };
        // Where the channel has had its post of this second, it is tried again, as the postman would.
        Task<RoomStepEnd> posted;
        do posted = PostAsync(Bot.Get<IStore>());
        while (await Task.WhenAny(posted, began.Task) == posted && (await posted).Receipt is { IsPaced: true });
        posted.IsCompleted.ShouldBeFalse();
        clock.Advance(Length);
        await Should.ThrowAsync<OperationCanceledException>(() => posted);
    }

    private async Task<RoomStepEnd> PostAsync(IStore store)
    {
        var platform = Bot.Services.GetServices<IChatPlatform>().Single(one => one.Name == "slack");
        var plan = new RoomPlan(Bot.Get<ChatOptions>(), "", platform.Name, _ => null, _ => [], _ => [], _ => null, _ => null);
        var tenure = new Tenure(new Lease("chat:slack", "frozen", 1, default), Length, clock, clock.GetTimestamp());
        var steps = ActivatorUtilities.CreateInstance<RoomSteps>(
            Bot.Services,
            platform,
            plan,
            new RoomTable(store),
            new PostTable(store),
            tenure
        );
        var sight = (await Bot.Get<RoomSights>().ReadAsync(platform.Name, 1, default))!;
        var message = new ChatMessage("inc-1/test", Words, null);
        return await steps.RunAsync(sight, new RoomWork(ChatOperation.Post, CardPriority.Card, "test", message, null), default);
    }

    private sealed class FrozenAfterWriting(IStore store, Action freeze) : IStore
    {
        public Dialect Dialect => store.Dialect;

        public Task<T> ReadAsync<T>(Func<DbConnection, Task<T>> read, CancellationToken cancel) => store.ReadAsync(read, cancel);

        public Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
            FrozenAsync(store.WriteAsync(write, cancel));

        public Task<T> WriteUnflushedAsync<T>(Func<DbConnection, DbTransaction, Task<T>> write, CancellationToken cancel) =>
            FrozenAsync(store.WriteUnflushedAsync(write, cancel));

        private async Task<T> FrozenAsync<T>(Task<T> written)
        {
            var result = await written;
            freeze();
            return result;
        }
    }
}
