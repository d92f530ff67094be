using Bot.Access;
using Bot.Cli;
using Bot.Storage;
using Tests.Support;

namespace Tests.Cli;

/// <summary>A copy that is whole although the server writes, and puts everything back.</summary>
public sealed class BackupTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-backup-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_backup_of_a_running_server_brings_everything_back_and_keeps_what_was_there()
    {
        var database = $"Data Source={folder.FullName}/incident.db";
        var settings = new Dictionary<string, string> { ["Storage__ConnectionString"] = database };
        var copy = Path.Combine(folder.FullName, "copy.db");
        await using (var bot = await StartAsync(database))
        {
            var admin = await bot.TokenAsync(Role.Admin);
            await BotUnderTest.SayAsync(admin, "/incident declare Before the backup");
            var backup = await Typed.InProcessAsync(settings, "backup", copy);
            backup.Exit.ShouldBe(CommandLine.Success, backup.Error);
            await BotUnderTest.SayAsync(admin, "/incident declare After the backup");

            (await Typed.InProcessAsync(settings, "backup", copy)).Error.ShouldContain("exists already");
            var early = await Typed.InProcessAsync(settings, "restore", copy);
            early.Exit.ShouldBe(CommandLine.Failure);
            early.Error.ShouldContain("Another process serves this database");
        }

        var restore = await Typed.InProcessAsync(settings, "restore", copy);

        restore.Exit.ShouldBe(CommandLine.Success, restore.Error);
        File.Exists(Path.Combine(folder.FullName, "incident.db.before-restore-1")).ShouldBeTrue();
        await using var again = await StartAsync(database);
        var anna = await again.TokenAsync(Role.Viewer);
        var items = (await BotUnderTest.JsonAsync(anna, "/api/v1/incidents")).GetProperty("items");
        items.EnumerateArray().Single().GetProperty("title").GetString().ShouldBe("Before the backup");
        await WholeLog.ReadAsync(again.Get<ILogReader>());
    }

    [Fact]
    public async Task Nobody_else_on_the_machine_reads_the_database_or_its_copy()
    {
        var database = Path.Combine(folder.FullName, "incident.db");
        var copy = Path.Combine(folder.FullName, "copy.db");
        await using var bot = await StartAsync($"Data Source={database}");
        await Typed.InProcessAsync(
            new Dictionary<string, string> { ["Storage__ConnectionString"] = $"Data Source={database}" },
            "backup",
            copy
        );

        foreach (var file in new[] { database, database + "-wal", copy })
            File.GetUnixFileMode(file).ShouldBe(Private, file);
    }

    [Fact]
    public async Task What_is_no_backup_is_not_put_in_place()
    {
        var other = Path.Combine(folder.FullName, "other.db");
        await File.WriteAllTextAsync(other, "this is no database, but it is long enough to be looked at as one");
        var settings = new Dictionary<string, string> { ["Storage__ConnectionString"] = $"Data Source={folder.FullName}/incident.db" };

        var restore = await Typed.InProcessAsync(settings, "restore", other);

        restore.Exit.ShouldBe(CommandLine.Failure);
        restore.Error.ShouldContain("is no backup of this bot");
    }

    private static Task<BotUnderTest> StartAsync(string database) =>
        BotUnderTest.StartAsync(settings: new Dictionary<string, string?> { ["Storage:ConnectionString"] = database });
}
