using System.ComponentModel;
using System.Net.Sockets;
using System.Text.Json;
using DnsClient;
using DnsClient.Protocol;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Probes;

public sealed record DnsResolveArguments(
    [DnsName] [Description("The name.")] string HostName,
    [Description("Which records.")] DnsRecord Type = DnsRecord.A,
    [Untainted]
    [HostAndPortText(HasUsualPort = true)]
    [Description("`host` or `host:port` of the server that is asked; by default the machine's own.")]
        string? Server = null
);

public enum DnsRecord
{
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Soa,
    Srv,
    Txt,
}

public sealed record DnsResolveResult(
    [Description("Whether there is at least one such record.")] bool Ok,
    [Description("What they hold, in order.")] IReadOnlyList<string> Answers,
    [Description(
        "The server's word: `NoError`, `NotExistentDomain`, `ServerFailure`, `Refused`; or `NoAnswer`: none came that can be read."
    )]
        string Code,
    [Description("Seconds that the first may be kept.")] int? Ttl,
    [Description("How long it took, in milliseconds.")] double Ms
);

/// <summary><c>dns/resolve@1</c>.</summary>
public sealed class DnsResolveAction(Outward outward) : IStepAction
{
    private const int UsualPort = 53;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "dns/resolve@1";

    public string Summary => "Asks a name server for a name. That it does not know it or does not answer is a result, no failure.";

    public Type Arguments => typeof(DnsResolveArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(DnsResolveResult),
            [
                new(
                    FailureClass.NotSent,
                    "The server is not among the allowed hosts, or its own name is not known; or what is asked for is no DNS name."
                ),
            ],
            """
            uses: dns/resolve@1
            with: { host-name: shop.example.com, server: "10.0.0.53" }
            expect: result.ok
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Read;

    public string Describe(JsonElement with) =>
        $"ask {with.TextOf("server") ?? "the machine's name server"} for {with.CapitalsOf("type") ?? "A"} of {with.TextOf("host-name")}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<DnsResolveArguments>(ActionJson.Options)!;
        LookupClient client;
        try
        {
            client = new LookupClient(await OptionsAsync(arguments.Server, cancel));
        }
        catch (Exception fault) when (fault is HostNotAllowedException or SocketException)
        {
            return new ActionResult.Failed(FailureClass.NotSent, fault.Message);
        }

        var begun = outward.Time.GetTimestamp();
        var type = Enum.Parse<QueryType>(arguments.Type.ToString(), ignoreCase: true);
        try
        {
            var answer = await client.QueryAsync(arguments.HostName, type, cancellationToken: cancel);
            var found = answer.Answers.Where(record => (int)record.RecordType == (int)type).ToList();
            call.Output(found.Count == 0 ? answer.Header.ResponseCode.ToString() : string.Join(", ", found.Select(Said)));
            return ActionResult.Success(
                new DnsResolveResult(
                    found.Count > 0,
                    [.. found.Select(Said)],
                    answer.Header.ResponseCode.ToString(),
                    found.FirstOrDefault()?.InitialTimeToLive,
                    Elapsed()
                )
            );
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return NoAnswer("no answer in time");
        }
        catch (DnsResponseException fault) when (fault.Code is not (DnsResponseCode.ConnectionTimeout or DnsResponseCode.Unassigned))
        {
            call.Output(fault.Message);
            return ActionResult.Success(new DnsResolveResult(false, [], fault.Code.ToString(), null, Elapsed()));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The client lets through whatever its reading of a wrong answer runs into.
            return NoAnswer(fault.Message);
        }

        ActionResult.Succeeded NoAnswer(string because)
        {
            call.Output(because);
            return ActionResult.Success(new DnsResolveResult(false, [], "NoAnswer", null, Elapsed()));
        }

        double Elapsed() => Math.Round(outward.Time.GetElapsedTime(begun).TotalMilliseconds, 1);
    }

    private async Task<LookupClientOptions> OptionsAsync(string? server, CancellationToken cancel)
    {
        var place = server is null ? null : HostAndPort.Parse(server, UsualPort)!;
        var options = place is null
            ? new LookupClientOptions()
            : new LookupClientOptions(new NameServer((await outward.AddressesAsync(place.Host, cancel))[0], place.Port));
        // Each probe is one question to one server, now.
        (options.UseCache, options.Retries, options.Timeout, options.ThrowDnsErrors) = (false, 0, Patience, false);
        return options;
    }

    private static string Said(DnsResourceRecord record) =>
        record switch
        {
            AddressRecord address => address.Address.ToString(),
            CNameRecord alias => alias.CanonicalName.Value,
            MxRecord mail => $"{mail.Preference} {mail.Exchange.Value}",
            NsRecord server => server.NSDName.Value,
            SrvRecord service => $"{service.Priority} {service.Weight} {service.Port} {service.Target.Value}",
            TxtRecord text => string.Concat(text.Text),
            SoaRecord zone => $"{zone.MName.Value} {zone.Serial}",
            _ => record.ToString(),
        };
}
