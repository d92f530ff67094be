using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bot.Runs;
using Runbooks.Definition;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook schema [--tests] [--out FOLDER]</c>: for editors (<c># yaml-language-server: $schema=…</c>) and a CI.</summary>
internal static class SchemaCommand
{
    public const string RunbookFile = "runbook.schema.json";
    public const string TestFile = "runbook-test.schema.json";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        // It is a file of its own, never part of a page: quotes and angle brackets may stay what they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Build()
    {
        var tests = new Option<bool>("--tests") { Description = $"That of *{RunbookTree.TestEnding}" };
        var folder = new Option<string?>("--out")
        {
            Description = $"Write both, {RunbookFile} and {TestFile}, into a folder",
            HelpName = "FOLDER",
        };
        var command = new Command("schema", "The JSON Schema of runbooks, with the actions of this build") { tests, folder };
        command.SetAction(
            async (parsed, cancel) =>
            {
                var terminal = parsed.Terminal();
                if (parsed.GetValue(folder) is { } into)
                    return await WriteAsync(terminal, into, cancel);
                await terminal.Out.WriteLineAsync(parsed.GetValue(tests) ? OfTests() : await OfRunbooksAsync());
                return CommandLine.Success;
            }
        );
        return command;
    }

    public static async Task<string> OfRunbooksAsync()
    {
        await using var workbench = new Workbench(BotSettings.Read(BotSettings.FindRoot()));
        return Text(LanguageSchema.OfRunbooks(workbench.Actions));
    }

    public static string OfTests() => Text(LanguageSchema.OfTests());

    private static async Task<int> WriteAsync(Terminal terminal, string folder, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in new[] { (RunbookFile, await OfRunbooksAsync()), (TestFile, OfTests()) })
        {
            var path = Path.Combine(folder, name);
            await File.WriteAllTextAsync(path, text + "\n", cancel);
            terminal.Progress($"Wrote {path}.");
        }

        return CommandLine.Success;
    }

    private static string Text(JsonNode schema) => schema.ToJsonString(Readable);
}
