using System.Globalization;
using System.Xml;

namespace Bot.Cli.Runbooks;

/// <summary>Results in the XML that CI servers read (the common core of the JUnit formats: suites, cases, failures, errors).</summary>
internal static class JUnitReport
{
    public static async Task WriteAsync(string path, IReadOnlyList<PlayedFile> files)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        await using var stream = File.Create(path);
        await using var xml = XmlWriter.Create(stream, new XmlWriterSettings { Async = true, Indent = true });
        await xml.WriteStartDocumentAsync();
        await StartAsync(xml, "testsuites");
        foreach (var file in files)
            await SuiteAsync(xml, file);
        await xml.WriteEndElementAsync();
        await xml.WriteEndDocumentAsync();
    }

    private static async Task SuiteAsync(XmlWriter xml, PlayedFile file)
    {
        await StartAsync(xml, "testsuite");
        await AttributeAsync(xml, "name", file.Path);
        await AttributeAsync(xml, "tests", Number(Math.Max(file.Cases.Count, file.Problems.Count > 0 ? 1 : 0)));
        await AttributeAsync(xml, "failures", Number(file.Cases.Count(one => !one.Result.Passed)));
        await AttributeAsync(xml, "errors", Number(file.Problems.Count > 0 ? 1 : 0));
        await AttributeAsync(xml, "time", Seconds(file.Cases.Aggregate(TimeSpan.Zero, (sum, one) => sum + one.Took)));
        if (file.Problems.Count > 0)
        {
            var problems = file.Problems.Select(problem => $"{file.Where}:{problem}").ToList();
            await CaseAsync(xml, file.Path, "can be read", TimeSpan.Zero, "error", problems[0], string.Join('\n', problems));
        }

        foreach (var (result, took) in file.Cases)
        {
            var problems = result.Problems.Select(problem => $"{file.Path}:{problem.Line}:{problem.Column}: {problem.Message}").ToList();
            var story = string.Join('\n', problems) + "\n\n" + TestReport.Story(result);
            await CaseAsync(xml, file.Path, result.Case.Name, took, "failure", problems.FirstOrDefault(), story);
        }

        await xml.WriteEndElementAsync();
    }

    private static async Task CaseAsync(XmlWriter xml, string file, string name, TimeSpan took, string kind, string? problem, string story)
    {
        await StartAsync(xml, "testcase");
        await AttributeAsync(xml, "classname", Path.GetFileNameWithoutExtension(file));
        await AttributeAsync(xml, "name", name);
        await AttributeAsync(xml, "file", file);
        await AttributeAsync(xml, "time", Seconds(took));
        if (problem is not null)
        {
            await StartAsync(xml, kind);
            await AttributeAsync(xml, "message", problem);
            await xml.WriteStringAsync(Printable(story));
            await xml.WriteEndElementAsync();
        }

        await xml.WriteEndElementAsync();
    }

    private static Task StartAsync(XmlWriter xml, string name) => xml.WriteStartElementAsync(null, name, null);

    private static Task AttributeAsync(XmlWriter xml, string name, string value) =>
        xml.WriteAttributeStringAsync(null, name, null, Printable(value));

    // XML 1.0 has no place for most control characters.
    private static string Printable(string text) => string.Concat(text.Select(letter => XmlConvert.IsXmlChar(letter) ? letter : '?'));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
}
