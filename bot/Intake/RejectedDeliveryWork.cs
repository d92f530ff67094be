using System.Text.Json;
using Bot.Alerts;
using Bot.Desk;
using Bot.Log;
using Bot.Storage;
using Integrations;

namespace Bot.Intake;

/// <summary>Keeps a delivery that could not be read, or that broke on its way: nothing that came in is lost, it is shown.</summary>
internal sealed class RejectedDeliveryWork(
    string id,
    string source,
    byte[] headers,
    byte[] body,
    string encoding,
    string verdict,
    IReadOnlyList<FieldProblem> problems,
    bool isPrivate
) : DeskWork<DeliveryAnswer>
{
    public override DeliveryAnswer Decide(IDraft draft)
    {
        var trace = problems.Select(problem => new TraceStage("parse", problem.Sentence));
        draft.Add(
            new DeliveryWrite(
                id,
                source,
                null,
                Micros.From(draft.Now),
                headers,
                body,
                encoding,
                verdict,
                0,
                null,
                JsonSerializer.SerializeToUtf8Bytes(trace.ToList(), FactJson.Options),
                isPrivate
            )
        );
        return new DeliveryAnswer(id, 0);
    }
}
