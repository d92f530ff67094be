using System.CommandLine;
using System.Text;
using Runbooks.Expressions;

namespace Bot.Cli.Runbooks;

/// <summary><c>incident runbook eval EXPR</c>, or many from a file, each with contexts of its own.</summary>
internal static class EvalCommand
{
    public static Command Build()
    {
        var expression = new Argument<string?>("expression")
        {
            Description = "What would stand between ${{ and }}, in single quotes for the shell",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var contexts = new Option<FileInfo?>("--contexts")
        {
            Description = "A JSON file, {\"inputs\": {...}, ...}: what the expression may name",
            HelpName = "FILE.json",
        };
        var status = new Option<RunStatus>("--status")
        {
            Description = "What success(), failure() and cancelled() go by",
            DefaultValueFactory = _ => RunStatus.Success,
        };
        var batch = new Option<string?>("--batch")
        {
            Description =
                "Lines {\"expr\": \"...\", \"contexts\": {...}, \"status\": \"failure\"}, the last two optional, - is stdin. Each gives a line, in order:"
                + " {\"kind\": \"Null|Boolean|Number|String|Array|Object\", \"value\": ...} or"
                + " {\"error\": \"lexing|parsing|evaluation\", \"message\": \"...\"}. What JSON cannot say is written"
                + " {\"kind\": \"Number\", \"value\": null, \"text\": \"NaN\"}, so also Infinity and -Infinity."
                + " 1 if a line is not of that form, which gives an error of parsing that begins with its number",
            HelpName = "FILE.jsonl",
        };
        var eval = new Command("eval", "What an expression gives, by GitHub's rules and our functions; 1 if it is wrong")
        {
            expression,
            contexts,
            status,
            batch,
        };
        eval.SetAction(
            (parsed, cancel) =>
                (parsed.GetValue(expression), parsed.GetValue(batch)) switch
                {
                    ({ } text, null) => OneAsync(parsed.Terminal(), text, parsed.GetValue(contexts), parsed.GetValue(status), cancel),
                    (null, { } file) => ManyAsync(parsed.Terminal(), file, cancel),
                    _ => Task.FromResult(parsed.Terminal().Misused("Give either an expression or --batch FILE.jsonl.")),
                }
        );
        return eval;
    }

    private static async Task<int> OneAsync(Terminal terminal, string text, FileInfo? file, RunStatus status, CancellationToken cancel)
    {
        if (file is { Exists: false })
            return terminal.Misused($"There is no file {file.FullName}.");
        var contexts = file is null ? "{}" : await File.ReadAllTextAsync(file.FullName, cancel);
        var evaluated = Evaluated.Of(text, contexts, status);
        if (!terminal.Json && evaluated is Evaluated.Wrong wrong)
            return terminal.Problem(wrong.Message);
        await terminal.Out.WriteLineAsync(terminal.Json ? evaluated.ToJson() : ((Evaluated.Right)evaluated).ToText());
        return evaluated is Evaluated.Right ? CommandLine.Success : CommandLine.Failure;
    }

    private static async Task<int> ManyAsync(Terminal terminal, string file, CancellationToken cancel)
    {
        if (file != "-" && !File.Exists(file))
            return terminal.Misused($"There is no file {Path.GetFullPath(file)}.");
        await using var bytes = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using var reader = new StreamReader(bytes, Encoding.UTF8);
        var lines = new BoundedLines(reader);
        var malformed = false;
        while (await lines.NextAsync(cancel) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line.Text))
                continue;
            var evaluated = line.WasCut
                ? Evaluated.Malformed(line.Number, $"it is longer than {BoundedLines.MaxLength:N0} characters.")
                : Evaluated.OfLine(line.Number, line.Text);
            malformed |= evaluated is Evaluated.Wrong { IsOfLine: true };
            await terminal.Out.WriteLineAsync(evaluated.ToJson().AsMemory(), cancel);
        }

        return malformed ? CommandLine.Failure : CommandLine.Success;
    }
}
