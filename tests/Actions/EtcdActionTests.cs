using System.Text.Json;
using Integrations.Etcd;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;
using Tests.Support;

namespace Tests.Actions;

/// <summary>Actions on a real etcd of three members.</summary>
public sealed class EtcdActionTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-etcd-");
    private EtcdServers etcd = null!;

    public Task InitializeAsync()
    {
        etcd = new EtcdServers(folder.FullName);
        return etcd.UntilReadyAsync();
    }

    public Task DisposeAsync()
    {
        etcd.Dispose();
        folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Health_members_leadership_and_upkeep()
    {
        var members = await Called.SucceedsAsync(new EtcdMembersAction(Called.Outward), With(0));
        members.GetProperty("count").GetInt32().ShouldBe(3);
        members.GetProperty("spare").GetInt32().ShouldBe(1);
        var leader = await LeaderAsync();
        var next = (leader + 1) % 3;
        var target = (await HealthAsync(next)).GetProperty("member").GetString();

        (
            await Called.FailsAsync(
                new EtcdMoveLeaderAction(Called.Outward),
                new { endpoint = etcd.Endpoint(next), to = target },
                FailureClass.Refused
            )
        ).Because.ShouldContain("not leader");
        await Called.SucceedsAsync(new EtcdMoveLeaderAction(Called.Outward), new { endpoint = etcd.Endpoint(leader), to = target });

        await Until.Holds(async () => await LeaderAsync() == next, "the new leader");
        // As after an answer that was lost.
        await Called.SucceedsAsync(new EtcdMoveLeaderAction(Called.Outward), new { endpoint = etcd.Endpoint(leader), to = target });
        await Called.SucceedsAsync(new EtcdDefragmentAction(Called.Outward), With(next));

        var path = folder.FullName + "/snapshot.db";
        File.CreateSymbolicLink(path + ".part", folder.FullName + "/victim");
        await File.WriteAllTextAsync(folder.FullName + "/victim", "as before");
        var saved = await Called.SucceedsAsync(new EtcdSnapshotAction(Called.Outward), new { endpoint = etcd.Endpoint(0), path });
        (await File.ReadAllTextAsync(folder.FullName + "/victim")).ShouldBe("as before");
        new FileInfo(path + ".part").LinkTarget.ShouldBe(folder.FullName + "/victim", "it is somebody else's");
        File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        new FileInfo(path).Length.ShouldBe(saved.GetProperty("bytes").GetInt64());
        (
            await Called.FailsAsync(new EtcdSnapshotAction(Called.Outward), new { endpoint = etcd.Endpoint(0), path }, FailureClass.Refused)
        ).Because.ShouldContain("not overwritten");
    }

    [Fact]
    public async Task A_snapshot_whose_end_was_not_recorded_is_found_by_the_next_attempt_and_half_a_one_is_refused()
    {
        var path = folder.FullName + "/again.db";
        var with = new { endpoint = etcd.Endpoint(0), path };
        var snapshot = new EtcdSnapshotAction(Called.Outward);
        var lost = TimeProvider.System.GetUtcNow();
        var saved = await Called.SucceedsAsync(snapshot, with);

        var again = await Called.SucceedsAsync(snapshot, with, lostSince: lost);

        again.GetProperty("sha256").GetString().ShouldBe(saved.GetProperty("sha256").GetString());
        await using (var file = new FileStream(path, FileMode.Open))
            file.SetLength(file.Length / 2);
        (await Called.RunAsync(snapshot, with, lostSince: lost)).ShouldBeOfType<ActionResult.Failed>();
    }

    [Fact]
    public async Task A_snapshot_of_an_earlier_day_is_nobodys_however_often_the_step_is_made_again()
    {
        var path = folder.FullName + "/yesterday.db";
        var with = new { endpoint = etcd.Endpoint(0), path };
        var snapshot = new EtcdSnapshotAction(Called.Outward);
        await Called.SucceedsAsync(snapshot, with);
        var begun = TimeProvider.System.GetUtcNow();
        File.SetLastWriteTimeUtc(path, begun.UtcDateTime.AddDays(-1));

        foreach (var lost in (DateTimeOffset?[])[null, begun])
        {
            (await Called.RunAsync(snapshot, with, lostSince: lost))
                .ShouldBeOfType<ActionResult.Failed>()
                .Because.ShouldContain("not overwritten");
        }
    }

    [Fact]
    public async Task A_snapshot_that_is_larger_than_allowed_or_has_no_place_leaves_nothing()
    {
        var snapshot = new EtcdSnapshotAction(Called.Outward);
        var path = folder.FullName + "/large.db";

        (
            await Called.FailsAsync(
                snapshot,
                new
                {
                    endpoint = etcd.Endpoint(0),
                    path,
                    maxBytes = "5KB",
                },
                FailureClass.Refused
            )
        ).Because.ShouldBe($"{path} was not written: the snapshot has more than 5000 bytes: raise 'max-bytes' if that is right");
        (
            await Called.FailsAsync(
                snapshot,
                new { endpoint = etcd.Endpoint(0), path = folder.FullName + "/none/a.db" },
                FailureClass.Refused
            )
        ).Because.ShouldContain("was not written");
        Called
            .Misfit(
                snapshot,
                new
                {
                    endpoint = etcd.Endpoint(0),
                    path,
                    maxBytes = "0",
                }
            )
            .ShouldContain("'max-bytes'");

        folder.GetFiles("large.db*").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_member_is_seen_and_without_a_majority_nobody_is_well()
    {
        var leader = await LeaderAsync();
        var (one, other) = ((leader + 1) % 3, (leader + 2) % 3);

        etcd.Kill(one);
        (await HealthAsync(one)).GetProperty("ok").GetBoolean().ShouldBeFalse();
        (await HealthAsync(leader)).GetProperty("ok").GetBoolean().ShouldBeTrue();

        etcd.Kill(other);
        await Until.Holds(async () => !(await HealthAsync(leader)).GetProperty("ok").GetBoolean(), "the loss of the majority");
        (await HealthAsync(leader)).GetProperty("because").GetString().ShouldNotBeNullOrEmpty();

        etcd.Start(one);
        await Until.Holds(async () => (await HealthAsync(one)).GetProperty("ok").GetBoolean(), "the majority again");
    }

    [Fact]
    public async Task Targets_that_misbehave_end_in_the_right_class()
    {
        var defragment = new EtcdDefragmentAction(Called.Outward);
        await using var resets = new TcpTarget((_, socket) => TcpTarget.ResetAsync(socket));
        await using var silent = new TcpTarget((one, _) => one.StaySilentAsync());

        await Called.FailsAsync(
            defragment,
            new { endpoint = $"http://127.0.0.1:{resets.Port}" },
            FailureClass.NotSent,
            TimeSpan.FromSeconds(5)
        );
        await Called.FailsAsync(
            defragment,
            new { endpoint = $"http://127.0.0.1:{silent.Port}" },
            FailureClass.NotSent,
            TimeSpan.FromSeconds(1)
        );
        await Called.FailsAsync(defragment, new { endpoint = $"http://127.0.0.1:{Loopback.FreePort()}" }, FailureClass.NotSent);
        (await Called.FailsAsync(defragment, new { endpoint = "http://192.0.2.1:2379" }, FailureClass.NotSent)).Because.ShouldContain(
            "Runbooks:AllowedHosts"
        );
        resets.Connections.ShouldBe(1);
        await using var web = TcpTarget.Answering("HTTP/1.1 400 Bad Request\nContent-Length: 0\nConnection: close\n\n");
        (
            await Called.FailsAsync(defragment, new { endpoint = $"http://127.0.0.1:{web.Port}" }, FailureClass.NotSent)
        ).Because.ShouldStartWith($"what answers at 127.0.0.1:{web.Port} does not speak HTTP/2");
    }

    private object With(int member) => new { endpoint = etcd.Endpoint(member) };

    private async Task<int> LeaderAsync()
    {
        for (var member = 0; member < 3; member++)
        {
            if ((await HealthAsync(member)).GetProperty("is-leader").GetBoolean())
                return member;
        }

        return -1;
    }

    private Task<JsonElement> HealthAsync(int member) => HealthAsync(member, TimeSpan.FromSeconds(8));

    private async Task<JsonElement> HealthAsync(int member, TimeSpan limit)
    {
        var result = await Called.RunAsync(new EtcdHealthAction(Called.Outward), With(member), limit);
        return result.ShouldBeOfType<global::Runbooks.Actions.ActionResult.Succeeded>().Result;
    }
}
