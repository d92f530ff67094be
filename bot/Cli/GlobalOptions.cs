using System.CommandLine;

namespace Bot.Cli;

/// <summary>Options that every command understands.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Server { get; } = CreateServer();

    public static Option<string?> Token { get; } =
        new("--token")
        {
            Description = "API token for that server (setting Cli:Token)",
            HelpName = "TOKEN",
            Recursive = true,
        };

    public static Option<string> Format { get; } = CreateFormat();

    public static Terminal Terminal(this ParseResult parsed) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(Format) == "json");

    private static Option<string?> CreateServer()
    {
        var server = new Option<string?>("--server")
        {
            Description = "Address of the running server (setting Cli:Server; on its own machine it is found by itself)",
            HelpName = "URL",
            Recursive = true,
        };
        server.Validators.Add(given =>
        {
            var text = given.GetValueOrDefault<string?>();
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
                given.AddError($"--server is '{text}'. Write an address as http://127.0.0.1:5080.");
        });
        return server;
    }

    private static Option<string> CreateFormat()
    {
        var format = new Option<string>("--format")
        {
            Description = "How results are printed",
            Recursive = true,
            DefaultValueFactory = _ => "text",
        };
        format.AcceptOnlyFromAmong("text", "json");
        return format;
    }
}
