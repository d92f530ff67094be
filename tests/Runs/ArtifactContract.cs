using System.Security.Cryptography;
using Bot.Runs;
using Bot.Storage;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Runs;

/// <summary>Files of runs on a real database: whole, once each, and no more than a run may have.</summary>
public abstract class ArtifactContract : IAsyncLifetime
{
    private const string Run = "run-01";
    private DeskUnderTest bot = null!;
    private ArtifactTable table = null!;

    private protected abstract string NewDatabase();

    public Task InitializeAsync()
    {
        bot = new DeskUnderTest(NewDatabase());
        table = bot.Get<ArtifactTable>();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(ArtifactTable.Part)]
    [InlineData(ArtifactTable.Part * 3 + 7)]
    public async Task A_file_comes_back_as_it_was(int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);

        (await KeepAsync(content)).ShouldBeTrue();

        (await ReadAsync(content)).ShouldBe(content);
        (await table.SizesAsync(Run, default))[Hash(content)].ShouldBe(size);
    }

    [Fact]
    public async Task What_a_process_that_died_has_begun_is_completed()
    {
        var content = RandomNumberGenerator.GetBytes(ArtifactTable.Part * 2);
        await table.PutAsync(Run, Hash(content), content.AsMemory(0, ArtifactTable.Part), default);

        (await KeepAsync(content)).ShouldBeTrue();

        (await ReadAsync(content)).ShouldBe(content);
    }

    [Fact]
    public async Task A_run_keeps_no_more_than_its_limit_and_the_same_file_counts_once()
    {
        using var kept = new RunArtifacts(table, new ArtifactLimits(File: 600, Run: 1_000));
        var (first, second) = (RandomNumberGenerator.GetBytes(600), RandomNumberGenerator.GetBytes(401));

        (await kept.PutAsync(Run, Hash(first), first, default)).ShouldBeTrue();
        (await kept.PutAsync(Run, Hash(first), first, default)).ShouldBeTrue();
        (await kept.PutAsync(Run, Hash(second), second, default)).ShouldBeFalse();
        (await kept.PutAsync(Run, Hash(second[..400]), second.AsMemory(0, 400), default)).ShouldBeTrue();
        (await kept.PutAsync("run-02", Hash(second), second, default)).ShouldBeTrue();

        (await table.SizesAsync(Run, default)).Values.Sum().ShouldBe(1_000);
    }

    private async Task<bool> KeepAsync(byte[] content)
    {
        using var kept = new RunArtifacts(table, ArtifactLimits.Usual);
        return await kept.PutAsync(Run, Hash(content), content, default);
    }

    private async Task<byte[]> ReadAsync(byte[] content)
    {
        var read = new List<byte>();
        for (var part = 0; await table.PartAsync(Run, Hash(content), part, default) is { } piece; part++)
            read.AddRange(piece);
        return [.. read];
    }

    private static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));
}

public sealed class SqliteArtifactTests : ArtifactContract
{
    private protected override string NewDatabase() =>
        $"Data Source={Path.Combine(Directory.CreateTempSubdirectory("incident-artifacts-").FullName, "incident.db")}";
}

public sealed class PostgresArtifactTests : ArtifactContract
{
    private protected override string NewDatabase() => PostgresServer.Shared.NewDatabase();
}
