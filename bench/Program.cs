using System.Globalization;

namespace Bench;

/// <summary>What the rows need beyond wrk; each command prints one line of JSON, or the table.</summary>
internal static class Program
{
    private const string Usage = """
        bench journal WRITERS SECONDS FOLDER               the machine's limit: durable records by group commit into a file
        bench first-step URL BODY TOKEN IN_FLIGHT COUNT    request sent until the first step acts
        bench storm URL TOKEN ALERTS PER_REQUEST IN_FLIGHT ACKED_FILE   new alerts; those answered go to the file
        bench runs URL TOKEN RUNBOOK COUNT IN_FLIGHT       starts runs
        bench slash SECRET COUNT KIND                      signed slash commands of Slack: note or declare
        bench rate URL SIGNED PER_SECOND SECONDS           sends them at a steady pace
        bench stand-in-slack URL                           answers what the bot asks of Slack
        bench table RESULTS BARS                           the table of the results
        """;

    public static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["journal", var writers, var seconds, var folder]:
                Console.WriteLine(await JournalLimit.RunAsync(Number(writers), TimeSpan.FromSeconds(Number(seconds)), folder));
                return 0;
            case ["first-step", var url, var body, var token, var inFlight, var count]:
                Console.WriteLine(await FirstStep.RunAsync(new Uri(url), body, token, Number(inFlight), Number(count)));
                return 0;
            case ["storm", var url, var token, var alerts, var perRequest, var inFlight, var acked]:
                await Storm.RunAsync(new Uri(url), token, Number(alerts), Number(perRequest), Number(inFlight), acked);
                return 0;
            case ["runs", var url, var token, var runbook, var count, var inFlight]:
                await RunStarter.RunAsync(new Uri(url), token, runbook, Number(count), Number(inFlight));
                return 0;
            case ["slash", var secret, var count, var kind]:
                await using (var output = new StreamWriter(Console.OpenStandardOutput()))
                    await SlashCommands.SignAsync(secret, Number(count), kind, output);
                return 0;
            case ["rate", var url, var signed, var perSecond, var seconds]:
                Console.WriteLine(await SlashCommands.PaceAsync(new Uri(url), signed, Number(perSecond), Number(seconds)));
                return 0;
            case ["stand-in-slack", var url]:
                await StandInSlack.RunAsync(new Uri(url));
                return 0;
            case ["table", var results, var bars]:
                Console.Write(Table.Of(Result.ReadAll(results), Bar.ReadAll(bars)));
                return 0;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
