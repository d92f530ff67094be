using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Integrations.Slack.Rendering;

namespace Integrations.Slack.Inbound;

/// <summary>
/// Which presses and submissions are the same one: delivered again, or a double click, for which Slack has an id each. What comes
/// in a row within a moment from one person on one button of one message is one press; what they pressed there in between ends the row.
/// </summary>
internal sealed class SlackPresses
{
    private const int Most = 10_000;
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private readonly Dictionary<string, List<Row>> rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> refused = new(StringComparer.Ordinal);

    /// <param name="payload">A <c>block_actions</c>.</param>
    public string OfAction(JsonElement payload, JsonElement action)
    {
        var container = payload.Part("container");
        var place = container.Text("message_ts") ?? container.Text("view_id") ?? payload.Text("trigger_id");
        var user = payload.Part("user").Text("id");
        var chosen = action.Part("selected_option").Text("value") ?? action.Text("value");
        return OfPress($"{user}/{place}", Hash($"{action.Text("action_id")}|{chosen}"), SlackText.Time(action.Text("action_ts") ?? ""));
    }

    /// <summary>Another one than those with the same answers whose refusal was shown: what stood against them may be gone.</summary>
    /// <param name="answers">As the command that they stand for: a view that was refused is sent again, mostly with others.</param>
    public string OfSubmission(JsonElement view, string answers)
    {
        var first = $"submit/{view.Needed("id")}/{Hash(answers)}";
        var id = first;
        lock (gate)
        {
            for (var times = 1; refused.Contains(id); times++)
                id = $"{first}/{times}";
        }

        return id;
    }

    /// <summary>A submission's refusal is shown in its view, which stays open to be sent again.</summary>
    /// <param name="id">Of <see cref="OfSubmission"/>. One that was delivered twice is refused once.</param>
    public void Refused(string id)
    {
        lock (gate)
        {
            if (refused.Count >= Most)
                refused.Clear();
            refused.Add(id);
        }
    }

    private string OfPress(string place, string what, DateTimeOffset at)
    {
        lock (gate)
        {
            if (rows.Count > Most)
                rows.Clear();
            if (!rows.TryGetValue(place, out var known))
                rows[place] = known = [];
            known.RemoveAll(row => at - row.Last >= Moment);
            if (known.Find(row => row.What == what && at >= row.First && at <= row.Last) is { } again)
                return again.Id;
            // Two that come beside each other are handled in any order.
            if (known is [.., var last] && last.What == what && (at - last.First).Duration() < Moment)
            {
                last.First = at < last.First ? at : last.First;
                last.Last = at > last.Last ? at : last.Last;
                return last.Id;
            }

            // Of two clicks another node may have seen the first: most of them have the same moment.
            var id = $"press/{place}/{what}/{at.Ticks / Moment.Ticks}";
            if (known.Exists(row => row.Id == id))
                id += $"/{at.Ticks}";
            known.Add(new Row(what, id) { First = at, Last = at });
            return id;
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 12));

    private sealed record Row(string What, string Id)
    {
        public required DateTimeOffset First { get; set; }
        public required DateTimeOffset Last { get; set; }
    }
}
