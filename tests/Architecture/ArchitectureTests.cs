using System.Reflection;
using System.Text.RegularExpressions;
using ArchUnitNET.Loader;
using Bot.Parts;
using Tests.Support;

namespace Tests.Architecture;

public sealed class ArchitectureTests
{
    private static readonly Assembly Runbooks = typeof(global::Runbooks.Actions.IStepAction).Assembly;
    private static readonly Assembly Integrations = typeof(global::Integrations.IIntegration).Assembly;
    private static readonly Assembly Bot = typeof(PartCatalog).Assembly;
    private static readonly ArchUnitNET.Domain.Architecture Product = new ArchLoader().LoadAssemblies(Runbooks, Integrations, Bot).Build();

    private static readonly Floors BotFloors = new(
        "Bot",
        [
            ["Cli", "Web", "Chat", "Schedule", "Intake", "Commands"],
            ["Postmortems", "Figures", "Timeline", "Runs", "Effects"],
            ["Desk"],
            ["Storage"],
            ["Access", "Alerts", "Incidents", "Paging", "Log"],
        ],
        new HashSet<string>(["Observability", "Parts"], StringComparer.Ordinal)
    );

    [Fact]
    public void The_line_of_references_is_bot_integrations_runbooks()
    {
        Uses(Runbooks, Integrations).ShouldBeFalse();
        Uses(Runbooks, Bot).ShouldBeFalse();
        Uses(Integrations, Bot).ShouldBeFalse();
        Uses(Bot, Integrations).ShouldBeTrue();
    }

    [Fact]
    public void A_folder_of_the_bot_uses_only_what_is_below_it_or_to_its_right() => BotFloors.Broken(Product).ShouldBeEmpty();

    // Runbooks repair databases of others; that is no storage of ours.
    [Fact]
    public void Only_storage_speaks_to_a_database() =>
        new[] { "Bot", "Integrations", "Runbooks" }
            .SelectMany(root => Rules.Queries(Product, root, "Bot.Storage", "Integrations.Postgres"))
            .ShouldBeEmpty();

    [Fact]
    public void The_ground_floor_is_pure() =>
        Rules.Impurities(Product, "Bot.Access", "Bot.Alerts", "Bot.Incidents", "Bot.Paging", "Bot.Log").ShouldBeEmpty();

    [Fact]
    public void A_vendors_folder_never_uses_another_vendors() => Rules.Crossings(Product, "Integrations").ShouldBeEmpty();

    // PostgreSQL is where the bot keeps its own log, too; probes are the bot's own.
    [Fact]
    public void No_folder_of_the_bot_names_a_vendor() =>
        Rules.VendorsNamed(Product, "Bot", "Integrations", "Generic", "Http", "Postgres", "Probes", "Scripts", "Webhook").ShouldBeEmpty();

    [Fact]
    public void Every_class_is_sealed_abstract_or_static() => Rules.Open(Written()).ShouldBeEmpty();

    [Fact]
    public void Names_say_what_a_class_does() => Rules.Empty(Written()).ShouldBeEmpty();

    [Fact]
    public void Each_action_has_a_file_of_its_own()
    {
        var files = Directory
            .EnumerateFiles(Path.Combine(SourceTree.Root, "integrations"), "*.cs", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "bot", "Runs", "Actions"), "*.cs"))
            .Select(Path.GetFileNameWithoutExtension)
            .ToHashSet(StringComparer.Ordinal);

        PartCatalog
            .OfProduct.Implementing<global::Runbooks.Actions.IStepAction>()
            .Select(action => action.Name)
            .Where(name => !files.Contains(name))
            .ShouldBeEmpty();
    }

    // CA1068 looks away where the one after it has a default.
    [Fact]
    public void A_token_to_cancel_is_the_last_parameter_of_each_port() =>
        Written()
            .Where(type => type.IsInterface)
            .SelectMany(type => type.GetMethods())
            .Where(method => Array.FindIndex(method.GetParameters(), IsToken) is >= 0 and var at && at < method.GetParameters().Length - 1)
            .Select(method => $"{method.DeclaringType}.{method.Name}")
            .ShouldBeEmpty();

    // It would be the wall clock's: where a busy machine stands still for so long, the soundest pattern fails. What bounds them is their form.
    [Fact]
    public void No_pattern_has_a_time_limit() =>
        Written()
            .SelectMany(type =>
                type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
            )
            .Where(method => method.GetCustomAttribute<GeneratedRegexAttribute>() is { MatchTimeoutMilliseconds: > 0 })
            .Select(method => $"{method.DeclaringType}.{method.Name}")
            .ShouldBeEmpty();

    private static bool IsToken(ParameterInfo parameter) => parameter.ParameterType == typeof(CancellationToken);

    private static IEnumerable<System.Type> Written() =>
        new[] { Runbooks, Integrations, Bot }.SelectMany(assembly => assembly.GetTypes()).Where(type => !IsGenerated(type));

    internal static bool Uses(Assembly one, Assembly other) =>
        one.GetReferencedAssemblies().Any(reference => reference.Name == other.GetName().Name);

    // Razor pages, migrations and what the compiler makes are not ours to seal.
    private static bool IsGenerated(System.Type type) =>
        type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false)
        || type.Name.Contains('<', StringComparison.Ordinal)
        || type.IsAssignableTo(typeof(Microsoft.AspNetCore.Components.ComponentBase))
        || type.FullName is "Program" or "AspNetCoreGeneratedDocument" or "Bot.Web._Imports"
        || type.Namespace is null or "Microsoft.CodeAnalysis" or "System.Runtime.CompilerServices";
}
