using Integrations.Etcd;
using Runbooks.Actions;
using Runbooks.Running;
using Tests.Servers;

namespace Tests.Actions;

/// <summary>Who may ask a real etcd, and whom a step takes for it: with client certificates as kubeadm sets it up, and with users.</summary>
public sealed class EtcdTrustTests(EtcdTrustTests.Server server) : IClassFixture<EtcdTrustTests.Server>
{
    [Fact]
    public async Task With_a_certificate_a_step_reaches_a_member_that_asks_for_one()
    {
        // Signed by an authority that etcd knows by the one above it only.
        using var below = server.Authority.Below();
        var (certificate, key) = below.Issue("incident");
        var path = $"{server.Folder}/snapshot.db";

        (await Called.SucceedsAsync(Health, With(server.Authority.Pem, certificate, key))).GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await Called.SucceedsAsync(Members, With(server.Authority.Pem, certificate, key))).GetProperty("count").GetInt32().ShouldBe(1);
        await Called.SucceedsAsync(Defragment, With(server.Authority.Pem, certificate, key));
        await Called.SucceedsAsync(
            new EtcdSnapshotAction(Called.Outward),
            new
            {
                endpoint = Endpoint,
                ca = server.Authority.Pem,
                certificate,
                key,
                path,
            }
        );
        new FileInfo(path).Length.ShouldBePositive();
    }

    [Fact]
    public async Task Without_one_or_with_anothers_nothing_was_done_and_the_sentence_says_what_to_give()
    {
        var (certificate, key) = server.Other.Issue("stranger");
        var none = With(server.Authority.Pem);
        var wrong = With(server.Authority.Pem, certificate, key);

        (await Called.FailsAsync(Defragment, none, FailureClass.NotSent)).Because.ShouldStartWith(
            "the server asks for a client certificate (bad_certificate): give 'certificate' and 'key'"
        );
        (await Called.FailsAsync(Defragment, wrong, FailureClass.NotSent)).Because.ShouldStartWith(
            "the server does not take the client certificate of CN=stranger (bad_certificate): give one"
        );
        // It is up: nobody may take it for lost and start it again.
        foreach (var with in (object[])[none, wrong])
            (await Called.FailsAsync(Health, with, FailureClass.Refused)).Because.ShouldContain("bad_certificate");
    }

    [Fact]
    public async Task A_server_that_the_authority_does_not_vouch_for_is_not_asked()
    {
        var (certificate, key) = server.Authority.Issue("incident");
        var elsewhere = Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

        foreach (
            var with in (object[])
                [
                    With(server.Other.Pem, certificate, key),
                    With(null, certificate, key),
                    new
                    {
                        endpoint = elsewhere,
                        ca = server.Authority.Pem,
                        certificate,
                        key,
                    },
                ]
        )
        {
            (await Called.FailsAsync(Members, with, FailureClass.NotSent)).Because.ShouldContain("certificate is not trusted");
            (await Called.FailsAsync(Health, with, FailureClass.NotSent)).Because.ShouldContain("certificate is not trusted");
        }
    }

    [Fact]
    public async Task Users_have_the_rights_that_they_have_and_to_be_kept_out_is_no_outage()
    {
        using var etcd = new EtcdServers(Directory.CreateDirectory(server.Folder + "/users").FullName, members: 1);
        await etcd.UntilReadyAsync();
        var early = await Called.FailsAsync(Health, As("root", "right"), FailureClass.Refused);
        early.Because.ShouldContain("authentication is not enabled");
        foreach (var name in (string[])["root", "reader"])
            await etcd.PostAsync("auth/user/add", new { name, password = "right" });
        await etcd.PostAsync("auth/user/grant", new { user = "root", role = "root" });
        await etcd.PostAsync("auth/enable", new { });

        (await Called.SucceedsAsync(Health, As("root", "right"))).GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await Called.SucceedsAsync(Health, As("reader", "right"))).GetProperty("ok").GetBoolean().ShouldBeTrue();
        await Called.SucceedsAsync(Defragment, As("root", "right"));
        (await Called.FailsAsync(Defragment, As("reader", "right"), FailureClass.Refused)).Because.ShouldContain("permission denied");
        foreach (var action in (IStepAction[])[Health, Defragment])
        {
            var wrong = await Called.FailsAsync(action, As("root", "wrong-9c1e"), FailureClass.Refused);
            wrong.Because.ShouldContain("invalid user ID or password");
            wrong.Because.ShouldNotContain("wrong-9c1e");
            (await Called.FailsAsync(action, new { endpoint = etcd.Endpoint(0) }, FailureClass.Refused)).Because.ShouldEndWith(
                "user name is empty: give 'user' and 'password'"
            );
        }

        object As(string user, string password) =>
            new
            {
                endpoint = etcd.Endpoint(0),
                user,
                password,
            };
    }

    private string Endpoint => server.Etcd.Endpoint(0);

    private static EtcdHealthAction Health { get; } = new(Called.Outward);

    private static EtcdMembersAction Members { get; } = new(Called.Outward);

    private static EtcdDefragmentAction Defragment { get; } = new(Called.Outward);

    private object With(string? ca, string? certificate = null, string? key = null) =>
        new
        {
            endpoint = Endpoint,
            ca,
            certificate,
            key,
        };

    /// <summary>One member with an authority of its own, for all of them.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("incident-etcd-");

        internal Authority Authority { get; } = new();

        /// <summary>That etcd knows nothing of.</summary>
        internal Authority Other { get; } = new();

        internal EtcdServers Etcd { get; private set; } = null!;

        internal string Folder => folder.FullName;

        public Task InitializeAsync()
        {
            Etcd = new EtcdServers(Folder, members: 1, Authority);
            return Etcd.UntilReadyAsync();
        }

        public Task DisposeAsync()
        {
            Etcd.Dispose();
            Authority.Dispose();
            Other.Dispose();
            folder.Delete(recursive: true);
            return Task.CompletedTask;
        }
    }
}
