using System.ComponentModel;
using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using Runbooks.Actions;
using Runbooks.Running;
using Runbooks.Secrets;

namespace Integrations.Postgres;

public sealed record PostgresArguments(
    [Untainted] [ConnectionSecret] [ConnectionText] [Description(PostgresCalls.Connection)] string Connection,
    [Secret] [Description("If it is not part of `connection`; a secret.")] string? Password = null
);

/// <summary>
/// One connection to one PostgreSQL for one step: not pooled, so nothing is sent on one that died in the meantime (docs/adr/0041).
/// </summary>
internal static class PostgresCalls
{
    public const string Connection =
        "As `Host=db1.example.com;Database=shop;Username=incident`; with the password in it, a secret, and then a plan cannot name the server. On another machine the server has "
        + "to show a certificate for its name (`SSL Mode=VerifyFull`), unless `SSL Mode` says otherwise; `Root Certificate=/path` "
        + "names who vouches for it.";

    private const int UsualPort = 5432;
    private const int LongestConnect = 20;

    public static IReadOnlyList<FailureCase> Reading { get; } =
    [
        new(FailureClass.NotSent, "The host is not allowed or not there, shows no certificate that is good, or PostgreSQL lets nobody in."),
        new(FailureClass.Refused, "PostgreSQL answers with an error; its code is told (`42501`: no right to it)."),
        new(FailureClass.Unknown, "No whole answer came in time. It only reads: it may be asked again."),
    ];

    public static IReadOnlyList<FailureCase> Acting { get; } =
    [
        Reading[0],
        Reading[1],
        new(FailureClass.Unknown, "The connection ended before the answer, or the server went down under it: it may be done."),
    ];

    /// <summary>The server and the database, for plans; of a connection that is a secret, where that is kept.</summary>
    public static string Where(JsonElement with)
    {
        try
        {
            var about = new NpgsqlConnectionStringBuilder(with.TextOf("connection"));
            return $"{about.Host}:{about.Port}/{about.Database ?? about.Username}";
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            return with.ReferenceOf("connection") is { } reference ? $"the PostgreSQL of {reference}" : "PostgreSQL";
        }
    }

    public static async Task<ActionResult> AskAsync(
        Outward outward,
        ActionCall call,
        PostgresArguments arguments,
        Func<NpgsqlConnection, Task<ActionResult>> ask,
        CancellationToken cancel
    )
    {
        var source = new NpgsqlDataSourceBuilder(arguments.Connection);
        var chosen = new DbConnectionStringBuilder { ConnectionString = arguments.Connection }
            .Keys!.OfType<string>()
            .Any(IsSslMode);
        var about = source.ConnectionStringBuilder;
        var host = about.Host!;
        IPAddress[] addresses;
        try
        {
            addresses = await outward.AddressesAsync(host, cancel);
        }
        catch (Exception fault) when (fault is HostNotAllowedException or SocketException)
        {
            return NotSent(fault.Message);
        }

        var where = new DnsEndPoint(host, about.Port > 0 ? about.Port : UsualPort).Said();
        if (!Array.TrueForAll(addresses, IPAddress.IsLoopback))
        {
            if (!chosen)
                about.SslMode = SslMode.VerifyFull;
            else if (about.SslMode is not (SslMode.VerifyFull or SslMode.VerifyCA))
                call.Output($"SSL Mode={about.SslMode}: who answers at {where} is not verified");
        }

        await using var way = new PostgresWay(addresses, about.Port > 0 ? about.Port : UsualPort, outward, cancel);
        Prepare(source, arguments, host, way);
        await TellOwnAsync(about, call, cancel);
        await using var opened = source.Build();
        var connection = opened.CreateConnection();
        var opening = connection.OpenAsync(cancel);
        // A server that accepts and says nothing holds the opening up beyond its cancellation: it may close when it gets to it.
        await using var closing = new ClosesAfter(connection, opening);
        try
        {
            await opening.WaitAsync(cancel);
            outward.InTime(call.Deadline);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return NotSent(way.FirstWord.Missing is { } silence ? $"{where}: {silence}" : $"{where} could not be connected in time");
        }
        catch (Exception fault)
        {
            // Whatever it is, no statement has left.
            return NotSent($"{where}: {way.FirstWord.Missing ?? WhyNot(way.Fault ?? fault, call)}");
        }

        connection.Notice += (_, told) => call.Output($"{told.Notice.Severity}: {told.Notice.MessageText}");
        try
        {
            return await ask(connection);
        }
        catch (PostgresException fault)
        {
            return new ActionResult.Failed(ClassOf(fault.SqlState), $"{where} says {Said(fault, call)}");
        }
        catch (NpgsqlException fault)
        {
            return new ActionResult.Failed(
                FailureClass.Unknown,
                cancel.IsCancellationRequested
                    ? $"{where}: no answer in time"
                    : $"the answer of {where} was lost: {Sentence(way.Fault ?? fault, call)}"
            );
        }
    }

    private static bool IsSslMode(string key) =>
        key.Replace(" ", "", StringComparison.Ordinal).Equals("sslmode", StringComparison.OrdinalIgnoreCase);

    private static void Prepare(NpgsqlDataSourceBuilder source, PostgresArguments arguments, string host, PostgresWay way)
    {
        var about = source.ConnectionStringBuilder;
        about.Pooling = false;
        about.ApplicationName = "incident-runbook";
        // The step's own time limit ends it.
        about.CommandTimeout = 0;
        about.Timeout = LongestConnect;
        about.IncludeErrorDetail = false;
        // Its tickets are for a host's name, and the client's host is the way.
        about.GssEncryptionMode = GssEncryptionMode.Disable;
        (about.Host, about.Port) = (way.Host, UsualPort);
        if (arguments.Password is { } password)
            about.Password = password;
        source.UseSslClientAuthenticationOptionsCallback(tls =>
        {
            tls.TargetHost = host;
            tls.CertificateChainPolicy = OutwardCertificates.Policy();
        });
    }

    // Without a password in the step the client shows the bot's own, as libpq does; a server may ask for it in clear.
    private static async Task TellOwnAsync(NpgsqlConnectionStringBuilder about, ActionCall call, CancellationToken cancel)
    {
        if (about.Password is { Length: > 0 })
            return;
        if (Environment.GetEnvironmentVariable("PGPASSWORD") is { Length: > 0 } password)
            call.Sends(password);
        var file =
            about.Passfile
            ?? Environment.GetEnvironmentVariable("PGPASSFILE")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pgpass");
        if (await SecretFile.ReadAsync(file, cancel) is SecretRead.Value own)
            call.Sends(own.Text);
    }

    // https://www.postgresql.org/docs/current/errcodes-appendix.html: class 08 is the connection, 40003 says that nobody knows, class 57P
    // is a server that goes down, class XX one that is broken.
    public static FailureClass ClassOf(string state) =>
        state is "40003"
        || state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("XX", StringComparison.Ordinal)
            ? FailureClass.Unknown
            : FailureClass.Refused;

    /// <summary>The code of an error, and the server's words for it.</summary>
    public static string Said(PostgresException fault, ActionCall call) =>
        $"{fault.SqlState}: {ForeignWords.Of(fault.MessageText, call.Mask)}";

    private static string Sentence(Exception fault, ActionCall call) =>
        fault is PostgresException told ? Said(told, call)
        : fault.InnerException is { } inner ? $"{fault.Message} {inner.Message}"
        : fault.Message;

    // The client takes what it reads for what a PostgreSQL says, and breaks on something else where it comes to it.
    private static string WhyNot(Exception fault, ActionCall call) =>
        fault is DbException or SocketException or TimeoutException or IOException
            ? Sentence(fault, call)
            : "what answers there is no PostgreSQL, or none that the bot understands";

    private static ActionResult.Failed NotSent(string because) => new(FailureClass.NotSent, because);

    private sealed class ClosesAfter(NpgsqlConnection connection, Task opening) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            if (opening.IsCompleted)
                return connection.DisposeAsync();
            _ = opening.ContinueWith(_ => connection.Dispose(), TaskScheduler.Default);
            return ValueTask.CompletedTask;
        }
    }
}
