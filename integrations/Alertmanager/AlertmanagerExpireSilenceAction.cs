using System.ComponentModel;
using System.Text.Json;
using Runbooks.Actions;
using Runbooks.Running;

namespace Integrations.Alertmanager;

public sealed record AlertmanagerExpireSilenceArguments(
    [Untainted(UntaintedPart.Origin)] [HttpAddress(IsBase = true)] [Description("Address of Alertmanager.")] string Url,
    [SilenceId] [Description("The silence's id.")] string Id,
    [HttpHeaders] [Description("Sent with it, as `Authorization`.")] Dictionary<string, string>? Headers = null
) : TlsArguments;

public sealed record AlertmanagerExpireSilenceResult(
    [Description("The silence's id.")] string Id,
    [Description("`expired`.")] string State
);

/// <summary><c>alertmanager/expire-silence@1</c>.</summary>
public sealed class AlertmanagerExpireSilenceAction(Outward outward) : IStepAction
{
    private const string Expired = "expired";
    private const int Looks = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public string Name => "alertmanager/expire-silence@1";

    public string Summary => "Ends a silence in Alertmanager now.";

    public Type Arguments => typeof(AlertmanagerExpireSilenceArguments);

    public ActionGuide Guide { get; } =
        new(
            typeof(AlertmanagerExpireSilenceResult),
            [
                .. SilenceWords.Failures,
                new(
                    FailureClass.Unknown,
                    "The connection stood and no whole answer came in time, or a yes came and the silence does not read as expired. It may be done again."
                ),
            ],
            """
            uses: alertmanager/expire-silence@1
            with: { url: "http://alertmanager.example.com:9093", id: 5b6a3f0e-0d2c-4a52-9a3b-8f6a6d1d2c11 }
            """
        );

    public StepEffect EffectOf(JsonElement with) => StepEffect.Idempotent;

    public string Describe(JsonElement with) => $"expire silence {with.TextOf("id")} in {SafeAddress.Of(with.TextOf("url"))}";

    public async Task<ActionResult> RunAsync(ActionCall call, CancellationToken cancel)
    {
        var arguments = call.With.Deserialize<AlertmanagerExpireSilenceArguments>(ActionJson.Options)!;
        var id = Guid.Parse(arguments.Id);
        var ended = await AskAsync(async api =>
        {
            await api.DeleteSilenceAsync($"{id}", cancel);
            return Expired;
        });
        if (ended is ActionResult.Failed { Code: null })
            return ended;
        // A yes without a word is anybody's who answers there; and Alertmanager itself answers 500 for one that has expired already, which is
        // what was wanted. A call has one connection: it is asked anew.
        var seen = await LookAsync();
        // Of several, another one may answer, which hears of it a moment later.
        for (var look = 1; look < Looks && (ended, seen) is (ActionResult.Succeeded, ActionResult.Succeeded) && !IsExpired(seen); look++)
        {
            await Task.Delay(Pause, outward.Time, cancel);
            seen = await LookAsync();
        }

        return (ended, seen) switch
        {
            (_, ActionResult.Succeeded read) when IsExpired(read) => read,
            (ActionResult.Succeeded, ActionResult.Succeeded read) => NotSeen($"is {read.Result.TextOf("state")} all the same"),
            (ActionResult.Succeeded, ActionResult.Failed lost) => NotSeen($"cannot be read back: {lost.Because}"),
            _ => ended,
        };

        Task<ActionResult> LookAsync() => AskAsync(async api => (await api.SilenceAsync($"{id}", cancel)).Status.State);

        static bool IsExpired(ActionResult seen) => seen is ActionResult.Succeeded read && read.Result.TextOf("state") is Expired;

        static ActionResult.Failed NotSeen(string how) => new(FailureClass.Unknown, $"the answer was a yes, but the silence {how}");

        Task<ActionResult> AskAsync(Func<IAlertmanagerApi, Task<string>> ask) =>
            outward.AskAsync<IAlertmanagerApi>(
                call,
                arguments.Url,
                arguments.Headers,
                async api => ActionResult.Success(new AlertmanagerExpireSilenceResult($"{id}", await ask(api))),
                AlertmanagerAnswer.Reason,
                cancel
            );
    }
}
