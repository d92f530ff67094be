using System.Diagnostics;
using System.Text.Json.Nodes;
using Tests.Support;

namespace Tests.Expressions.Oracle;

/// <summary><c>@actions/expressions</c>, GitHub's own evaluator, in one process of Node that is asked line by line.</summary>
public sealed class GitHubOracle : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private Process node = null!;

    private static string Scripts => Path.Combine(AppContext.BaseDirectory, "Expressions", "Oracle");

    public async Task InitializeAsync()
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "node", Path.Combine(Scripts, "oracle.mjs")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PACKAGES"] = await NodePackages.InstallAsync("expressions", Path.Combine(Scripts, "package.json"));
        node = Children.Start(start);
    }

    /// <summary>Asks all at once: what is written and what is read run beside each other.</summary>
    internal async Task<IReadOnlyList<JsonNode>> AskAsync(IReadOnlyList<ExpressionCase> cases)
    {
        var asking = WriteAsync(cases);
        var answers = new List<JsonNode>(cases.Count);
        while (answers.Count < cases.Count)
        {
            var line = await node.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            answers.Add(JsonNode.Parse(line ?? throw new InvalidOperationException("GitHub's evaluator ended."))!);
        }

        await asking;
        return answers;
    }

    internal async Task<JsonNode> AskAsync(ExpressionCase one) => (await AskAsync([one]))[0];

    public async Task DisposeAsync()
    {
        node.StandardInput.Close();
        await node.WaitForExitAsync().WaitAsync(Patience);
        node.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<ExpressionCase> cases)
    {
        foreach (var one in cases)
            await node.StandardInput.WriteLineAsync(one.ToLine());
        await node.StandardInput.FlushAsync();
    }
}

[CollectionDefinition(nameof(GitHubOracle))]
public sealed class GitHubOracleGroup : ICollectionFixture<GitHubOracle>;
