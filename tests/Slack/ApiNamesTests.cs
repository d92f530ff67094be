using System.Reflection;
using System.Text.Json;
using Integrations.Slack.Api;
using Integrations.Slack.Sending;
using Refit;
using Methods = Tests.FakeSlack.Methods;

namespace Tests.Slack;

/// <summary>Slack's own names all the way: the method in the path, its family in the interface, its arguments in the record.</summary>
public sealed class ApiNamesTests
{
    private static IEnumerable<(Type Api, MethodInfo Method, string Path)> Calls =>
        from api in typeof(SlackApi).Assembly.GetTypes()
        where api is { IsInterface: true, Namespace: "Integrations.Slack.Api" }
        from method in api.GetMethods()
        let post = method.GetCustomAttribute<PostAttribute>()
        where post is not null
        select (api, method, post.Path);

    [Fact]
    public void A_call_is_named_as_slack_names_it()
    {
        Calls.Count().ShouldBeGreaterThan(20);
        foreach (var (api, method, path) in Calls)
        {
            var family = path[1..path.LastIndexOf('.')];
            api.Name.ShouldBe($"I{Pascal(family)}Api", path);
            method.Name.ShouldBe(Pascal(path[(path.LastIndexOf('.') + 1)..]), path);
            var parameters = method.GetParameters();
            parameters.Select(parameter => parameter.Name).ShouldBe(["arguments", "cancel"], path);
            parameters[0].ParameterType.Name.ShouldBe(Pascal(family) + method.Name, path);
        }
    }

    [Fact]
    public void The_guide_says_of_every_method_what_is_done_about_a_lost_answer()
    {
        var guide = File.ReadAllText(Path.Combine(Support.SourceTree.Root, "docs", "slack.md"));
        Calls.Select(call => call.Path[1..]).Where(method => !guide.Contains($"`{method}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void The_tests_slack_knows_every_method_that_is_called() =>
        Calls.Select(call => call.Path[1..]).Except(Methods.All.Keys).ShouldBeEmpty();

    // The last three are no part of the running bot's calls: the check of the installed app makes them, and the socket, which keeps its own pauses.
    [Fact]
    public void Every_method_has_its_limit_and_that_is_the_one_of_the_tests_slack()
    {
        var limits = typeof(SlackMethod)
            .GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(property => (SlackMethod)property.GetValue(null)!)
            .ToDictionary(method => method.Name);
        Calls
            .Select(call => call.Path[1..])
            .Except(["apps.connections.open", "apps.manifest.export", "bots.info"])
            .Order()
            .ShouldBe(limits.Keys.Order());
        // Posts have a rule of their own: by channel.
        foreach (var limit in limits.Values.Where(limit => !limit.ByChannel))
            limit.PerMinute.ShouldBe(Methods.All[limit.Name].PerMinute, limit.Name);
    }

    [Fact]
    public void Arguments_become_snake_case()
    {
        JsonSerializer
            .Serialize(new ChatGetPermalink { Channel = "C1", MessageTs = "1.2" }, SlackJson.Options)
            .ShouldBe("""{"channel":"C1","message_ts":"1.2"}""");
        JsonSerializer
            .Serialize(new ConversationsHistory { Channel = "C1", IncludeAllMetadata = true }, SlackJson.Options)
            .ShouldBe("""{"channel":"C1","include_all_metadata":true}""");
    }

    private static string Pascal(string name) => string.Concat(name.Split('.').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
}
