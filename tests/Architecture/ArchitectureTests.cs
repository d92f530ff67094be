using System.Reflection;
using ArchUnitNET.Loader;
using Bot.Parts;

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
            ["Cli", "Web", "Chat", "Intake", "Commands", "Schedule"],
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

    [Fact]
    public void The_rule_of_the_floors_sees_a_use_that_goes_up()
    {
        var broken = new Floors(
            "Tests.Architecture.Broken",
            [
                ["High"],
                ["Low"],
            ],
            new HashSet<string>(StringComparer.Ordinal)
        ).Broken(new ArchLoader().LoadAssemblies(typeof(ArchitectureTests).Assembly).Build());

        broken.ShouldBe(["Low/Cellar uses High/Attic", "Nowhere stands on no floor"]);
    }

    [Fact]
    public void Only_storage_speaks_to_a_database() =>
        UsersOf("Dapper", "Npgsql", "Microsoft.Data.Sqlite", "SQLitePCL", "FluentMigrator")
            // Runbooks repair databases of others; that is no storage of ours.
            .Where(type =>
                !type.StartsWith("Bot.Storage", StringComparison.Ordinal)
                && !type.StartsWith("Integrations.Postgres", StringComparison.Ordinal)
            )
            .ShouldBeEmpty();

    [Fact]
    public void The_ground_floor_is_pure()
    {
        string[] rooms = ["Bot.Access.", "Bot.Alerts.", "Bot.Incidents.", "Bot.Paging."];
        UsersOf("System.Threading.Tasks.Task", "System.TimeProvider", "System.IO.File", "System.Net.Http", "Microsoft.Extensions.Logging")
            .Where(type => rooms.Any(room => type.StartsWith(room, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    [Fact]
    public void A_vendors_folder_never_uses_another_vendors()
    {
        var crossing =
            from type in Product.Types
            let vendor = VendorOf(type.Namespace?.FullName ?? "")
            where vendor is not null
            from dependency in type.Dependencies
            let other = VendorOf(dependency.Target.Namespace?.FullName ?? "")
            where other is not null && other != vendor
            select $"{type.FullName} uses {dependency.Target.FullName}";

        crossing.Distinct().ShouldBeEmpty();
    }

    [Fact]
    public void Every_class_is_sealed_abstract_or_static() =>
        new[] { Runbooks, Integrations, Bot }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !IsGenerated(type))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    [Fact]
    public void Names_say_what_a_class_does()
    {
        string[] empty = ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Misc"];
        new[] { Runbooks, Integrations, Bot }
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => !IsGenerated(type) && empty.Any(word => type.Name.EndsWith(word, StringComparison.Ordinal)))
            .Select(type => type.FullName)
            .ShouldBeEmpty();
    }

    private static string? VendorOf(string name)
    {
        var parts = name.Split('.');
        return parts.Length > 1 && parts[0] is "Integrations" ? parts[1] : null;
    }

    private static IEnumerable<string> UsersOf(params string[] names) =>
        Product
            .Types.Where(type =>
                type.Dependencies.Any(dependency =>
                    names.Any(name => dependency.Target.FullName.StartsWith(name, StringComparison.Ordinal))
                )
            )
            .Select(type => type.FullName)
            .Distinct();

    private static bool Uses(Assembly one, Assembly other) =>
        one.GetReferencedAssemblies().Any(reference => reference.Name == other.GetName().Name);

    // Razor pages, migrations and what the compiler makes are not ours to seal.
    private static bool IsGenerated(System.Type type) =>
        type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false)
        || type.Name.Contains('<', StringComparison.Ordinal)
        || type.IsAssignableTo(typeof(Microsoft.AspNetCore.Components.ComponentBase))
        || type.FullName is "Program" or "AspNetCoreGeneratedDocument" or "Bot.Web._Imports"
        || type.Namespace is null or "Microsoft.CodeAnalysis" or "System.Runtime.CompilerServices";
}
