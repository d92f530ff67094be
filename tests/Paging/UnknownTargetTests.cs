using Bot.Access;
using Bot.Desk;
using Bot.Incidents;
using Bot.Storage;
using Tests.Support;

namespace Tests.Paging;

/// <summary>Whom nobody knows is not called, and the timeline says so; the next level of the route is called at once.</summary>
public sealed class UnknownTargetTests
{
    [Fact]
    public async Task Who_is_not_known_is_not_called_and_the_next_level_is()
    {
        const string Routes = """
            routes:
              - name: default
                severity: sev1
                page:
                  targets: [ "user:anan", "group:oncal" ]
                  then: [ { targets: [ "user:anna" ] } ]
            """;
        await using var bot = await BotUnderTest.StartAsync(Routes);
        var anna = await bot.PersonAsync("anna", Role.Responder);
        await bot.DeliverAsync(Payload.Alertmanager("g", 0, ("a", true, DateTimeOffset.UnixEpoch.AddYears(56))));

        (await bot.UntilAsync(() => FailedAsync(bot))).ShouldBe([
            "group:oncal: nobody is known to be in it: `incident user invite NAME --role responder --groups oncal`, or make it a user group in chat",
            "user:anan: nobody is known by that name: `incident user invite anan --role responder`, or let them type a command in chat once",
        ]);
        (
            await bot.UntilAsync(async () =>
                await BotUnderTest.JsonAsync(anna, "/api/v1/incidents/inc-1/timeline") is var timeline
                && timeline.GetRawText() is var told
                && told.Contains("Called user:anna by console", StringComparison.Ordinal)
                    ? told
                    : null
            )
        ).ShouldContain("Could not call user:anan: nobody is known by that name");
    }

    private static async Task<List<string>?> FailedAsync(BotUnderTest bot)
    {
        var failed = new List<string>();
        foreach (var logged in await bot.Get<ILogReader>().AfterAsync(0, 1_000, default))
        {
            if (FactFamilies.Catalog.TryRead(logged.Type, logged.Data, out var fact) && fact is IncidentFact.PageFailed page)
                failed.Add($"{page.Target}: {page.Error}");
        }

        return failed.Count < 2 ? null : [.. failed.Order(StringComparer.Ordinal)];
    }
}
