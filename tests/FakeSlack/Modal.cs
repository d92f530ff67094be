using System.Text.Json.Nodes;

namespace Tests.FakeSlack;

/// <summary>An open modal: it is filled in by the labels of its inputs, and submitted.</summary>
internal sealed class Modal(SlackServer server, Person person, SlackView view)
{
    private readonly JsonObject values = [];
    private readonly Dictionary<string, JsonObject> chosen = [];

    public string Text => Card.TextOf(view.View);

    public bool IsOpen => view.IsOpen;

    public string Id => view.Id;

    /// <summary>What the app hid in it, to know it again.</summary>
    public string Metadata => (string?)view.View["private_metadata"] ?? "";

    /// <summary>Fills one input, by its label, as a person would: text, a choice's label, a user's name, a tick.</summary>
    public Modal Fill(string label, string answer)
    {
        var block =
            Inputs().FirstOrDefault(block => (string?)block["label"]!["text"] == label)
            ?? throw new ShouldAssertException(
                $"There is no input '{label}', only: {string.Join(", ", Inputs().Select(block => block["label"]!["text"]))}"
            );
        Put(block, StateOf((JsonObject)block["element"]!, answer));
        return this;
    }

    /// <summary>Types into a menu that is searched, and takes the one choice that is offered.</summary>
    public async Task<Modal> Searches(string label, string typed)
    {
        var block = Inputs().First(block => (string?)block["label"]!["text"] == label);
        var element = (JsonObject)block["element"]!;
        JsonObject payload;
        lock (server.Workspace.Gate)
        {
            payload = person.Interaction("block_suggestion");
            payload.Remove("trigger_id");
            payload["action_id"] = (string?)element["action_id"];
            payload["block_id"] = (string?)block["block_id"];
            payload["value"] = typed;
            payload["view"] = ViewMethods.ToJson(view);
            payload["container"] = new JsonObject { ["type"] = "view", ["view_id"] = view.Id };
        }

        var ack = await server.Delivery.ActAsync("interactive", payload);
        ack.Came.ShouldBeTrue("the search was not answered");
        var options = ack.Payload["options"]!.AsArray();
        options.Count.ShouldBe(1, options.ToJsonString());
        ((string)options[0]!["text"]!["text"]!).Length.ShouldBeLessThanOrEqualTo(75);
        chosen[(string)element["action_id"]!] = (JsonObject)options[0]!;
        Put(block, StateOf(element, null));
        return this;
    }

    /// <summary>Submits it.</summary>
    /// <returns>The errors by input's label; empty when it was taken.</returns>
    public async Task<IReadOnlyDictionary<string, string>> Submits() => Apply(await SendAsync());

    /// <summary>Submits it by a double click: Slack makes two submissions of it, and each is taken.</summary>
    public async Task SubmitsTwice()
    {
        foreach (var answer in await Task.WhenAll(SendAsync(), SendAsync()))
            Apply(answer).ShouldBeEmpty();
    }

    private async Task<JsonObject> SendAsync()
    {
        JsonObject payload;
        lock (server.Workspace.Gate)
        {
            foreach (var block in Inputs())
            {
                if (values[(string)block["block_id"]!] is null)
                    Put(block, StateOf((JsonObject)block["element"]!, null));
            }

            payload = person.Interaction("view_submission");
            var shown = ViewMethods.ToJson(view);
            shown["state"] = new JsonObject { ["values"] = values.DeepClone() };
            payload["view"] = shown;
            payload["response_urls"] = new JsonArray();
        }

        var ack = await server.Delivery.ActAsync("interactive", payload);
        ack.Came.ShouldBeTrue("the submission was not acknowledged");
        return ack.Payload;
    }

    private Dictionary<string, string> Apply(JsonObject answer)
    {
        lock (server.Workspace.Gate)
        {
            switch ((string?)answer["response_action"])
            {
                case "errors":
                    return answer["errors"]!
                        .AsObject()
                        .ToDictionary(
                            error => (string)Inputs().First(block => (string?)block["block_id"] == error.Key)["label"]!["text"]!,
                            error => (string)error.Value!
                        );
                case "update":
                    var by = (JsonObject)answer["view"]!.DeepClone();
                    BlockLimits.OfView(by).ShouldBeEmpty();
                    ViewMethods.Replace(view, by);
                    return [];
                case null or "clear":
                    view.IsOpen = false;
                    return [];
                case var other:
                    throw new ShouldAssertException($"Slack knows no response_action '{other}'.");
            }
        }
    }

    private IEnumerable<JsonObject> Inputs() =>
        view.View["blocks"]!.AsArray().OfType<JsonObject>().Where(block => (string?)block["type"] is "input");

    private void Put(JsonObject block, JsonObject state)
    {
        var element = (JsonObject)block["element"]!;
        values[(string)block["block_id"]!] = new JsonObject { [(string)element["action_id"]!] = state };
    }

    private JsonObject StateOf(JsonObject element, string? answer)
    {
        var type = (string)element["type"]!;
        var state = new JsonObject { ["type"] = type };
        switch (type)
        {
            case "plain_text_input" or "number_input" or "url_text_input" or "email_text_input":
                state["value"] = answer ?? (string?)element["initial_value"];
                break;
            case "external_select":
                state["selected_option"] = chosen.GetValueOrDefault((string)element["action_id"]!)?.DeepClone();
                break;
            case "static_select" or "radio_buttons":
                state["selected_option"] = answer is null ? element["initial_option"]?.DeepClone() : Option(element, answer);
                break;
            case "checkboxes":
                state["selected_options"] = answer is null
                    ? element["initial_options"]?.DeepClone() ?? new JsonArray()
                    : new JsonArray(Option(element, answer));
                break;
            case "users_select":
                state["selected_user"] = answer is null
                    ? (string?)element["initial_user"]
                    : server.Workspace.Users.Find(user => user.Name == answer)?.Id;
                break;
            default:
                throw new ShouldAssertException($"This Slack does not fill in a {type} yet.");
        }

        return state;
    }

    private static JsonNode Option(JsonObject element, string answer) =>
        element["options"]!
            .AsArray()
            .FirstOrDefault(option => (string?)option!["text"]!["text"] == answer || (string?)option["value"] == answer)
            ?.DeepClone()
        ?? throw new ShouldAssertException($"There is no choice '{answer}'.");
}
