using Bot.Storage;
using Tests.Support;

namespace Tests.Storage;

/// <summary>The disk under the SQLite file is full: a real process on a real, small file system.</summary>
public sealed class DiskFullTests
{
    [SkippableFact]
    public async Task A_full_disk_refuses_alerts_loudly_loses_nothing_and_the_bot_goes_on_when_there_is_room()
    {
        using var disk = new SmallDisk(megabytes: 16);
        var database = $"Data Source={disk.Folder}/incident.db";
        var accepted = new List<string>();
        using (var bot = new BotProcess(database))
        {
            await bot.StartAsync();
            for (var i = 0; i < 50; i++)
            {
                (await bot.DeliverAsync(LostStore.Alert($"before-{i}"))).ShouldBeTrue();
                accepted.Add($"before-{i}");
            }

            disk.Fill();
            // What still fits into a page that was there before is accepted, and holds.
            for (var i = 0; await bot.DeliverAsync(LostStore.Alert($"last-{i}")); i++)
                accepted.Add($"last-{i}");
            await LostStore.ShowsAsync(bot, "full");
            (await LostStore.TextAsync(bot, "/")).ShouldContain("takes no writes");
            (await LostStore.TextAsync(bot, "/health")).ShouldContain("takes no writes");
            (await bot.GetAsync("/api/v1/incidents")).GetProperty("items").GetArrayLength().ShouldBe(1);

            disk.Free();
            await LostStore.RecoversAsync(bot);
            accepted.Add("after");
            (await LostStore.TextAsync(bot, "/")).ShouldNotContain("takes no writes");
        }

        await using var after = new DeskUnderTest(database);
        foreach (var fingerprint in accepted)
            (await after.Get<AlertTable>().FindAsync(BotProcess.Source, fingerprint, default)).ShouldNotBeNull(fingerprint);
        await WholeLog.ReadAsync(after.Get<ILogReader>());
    }
}
