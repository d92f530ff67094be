using Bot.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Tests.Support;

namespace Tests.Effects;

/// <summary>People are reminded when it is due, however soon that is.</summary>
public sealed class ReminderStories : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider time = new(Noon);
    private BotUnderTest bot = null!;
    private HttpClient anna = null!;

    public async Task InitializeAsync()
    {
        bot = await BotUnderTest.StartAsync(
            settings: new Dictionary<string, string?> { ["Reminders:NoCommander"] = "00:01:00" },
            services: services => services.AddSingleton<TimeProvider>(time)
        );
        anna = await bot.TokenAsync(Role.Responder, "anna");
        await BotUnderTest.SayAsync(anna, "/incident declare Mail is stuck --severity sev3");
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task That_nobody_leads_is_said_after_the_time_that_is_set_and_again()
    {
        time.Advance(TimeSpan.FromSeconds(59));
        await BotUnderTest.SayAsync(anna, "/incident note nobody was reminded yet", "inc-1");
        (await RemindersAsync()).ShouldBeEmpty();
        time.Advance(TimeSpan.FromSeconds(1));
        await RemindedAsync("nobody leads this incident", Noon.AddMinutes(1));
        time.Advance(TimeSpan.FromMinutes(1));
        await RemindedAsync("nobody leads this incident", Noon.AddMinutes(1), Noon.AddMinutes(2));
    }

    [Fact]
    public async Task A_promised_update_is_asked_for_when_it_is_due()
    {
        await BotUnderTest.SayAsync(anna, "/incident lead me", "inc-1");
        await BotUnderTest.SayAsync(anna, "/incident update we look at the relay --next-update 2m", "inc-1");
        time.Advance(TimeSpan.FromMinutes(2));
        await RemindedAsync("there was no update for a while", Noon.AddMinutes(2));
    }

    [Fact]
    public async Task Who_gives_the_lead_back_is_missed_after_the_time_that_is_set()
    {
        await BotUnderTest.SayAsync(anna, "/incident lead me", "inc-1");
        time.Advance(TimeSpan.FromSeconds(90));
        await BotUnderTest.SayAsync(anna, "/incident role commander release", "inc-1");
        time.Advance(TimeSpan.FromSeconds(60));
        await RemindedAsync("nobody leads this incident", Noon.AddSeconds(150));
    }

    private Task RemindedAsync(string of, params DateTimeOffset[] at) =>
        Until.Holds(
            async () => (await RemindersAsync()).SequenceEqual(at.Select(one => ($"Reminder: {of}", one))),
            $"that {of}, at {string.Join(" and ", at)}",
            async () => string.Join('\n', await RemindersAsync())
        );

    private async Task<IReadOnlyList<(string Text, DateTimeOffset At)>> RemindersAsync()
    {
        var timeline = await BotUnderTest.JsonAsync(anna, "/api/v1/incidents/inc-1/timeline?limit=500");
        return
        [
            .. timeline
                .GetProperty("items")
                .EnumerateArray()
                .Select(entry => (entry.GetProperty("text").GetString()!, entry.GetProperty("recordedAt").GetDateTimeOffset()))
                .Where(entry => entry.Item1.StartsWith("Reminder:", StringComparison.Ordinal)),
        ];
    }
}
