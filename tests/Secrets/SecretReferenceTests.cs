using Integrations.Systemd;
using Runbooks.Actions;
using Runbooks.Definition;
using Runbooks.Secrets;

namespace Tests.Secrets;

/// <summary>Secrets are read where their references say, each time anew, and what is missing is said.</summary>
public sealed class SecretReferenceTests : IDisposable
{
    private readonly SecretReader reader = new([new EnvSecretStore(), new FileSecretStore(), new CredentialSecretStore()]);
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public async Task A_file_is_read_anew_and_the_mask_knows_what_it_was_before()
    {
        var definition = Definition("file:" + file);
        await File.WriteAllTextAsync(file, "the-first-one\r\n\n");
        (await reader.ReadAsync(definition, default)).Values["token"].ShouldBe("the-first-one");
        await File.WriteAllTextAsync(file, "the-second-one");
        var second = await reader.ReadAsync(definition, default);
        second.Values["token"].ShouldBe("the-second-one");
        second.Mask.Apply("the-first-one, the-second-one").ShouldBe("***, ***");
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("abc", "it is shorter than 4 characters")]
    public async Task What_could_not_be_hidden_is_refused(string value, string because)
    {
        await File.WriteAllTextAsync(file, value);
        (await MissingAsync("file:" + file)).ShouldContain(because);
    }

    [Fact]
    public async Task A_document_is_no_secret()
    {
        await File.WriteAllTextAsync(file, new string('x', SecretMask.Longest + 1));
        (await MissingAsync("file:" + file)).ShouldContain("which is no secret");
    }

    [Fact]
    public async Task A_file_that_is_not_UTF_8_is_refused()
    {
        await File.WriteAllBytesAsync(file, [1, 2, 0xFF, 0xFE, 5]);
        (await MissingAsync("file:" + file)).ShouldContain("is not UTF-8");
    }

    [Theory]
    [InlineData("env:INCIDENT_TEST_NOBODY_SETS_THIS", "the environment variable INCIDENT_TEST_NOBODY_SETS_THIS is not set")]
    [InlineData("file:/nowhere/at/all", "there is no file /nowhere/at/all")]
    [InlineData("vault:redis/sentinel", "There is no store of secrets 'vault:'. Use credential:NAME or env:NAME or file:PATH")]
    [InlineData("credential:x", "the bot's unit has no credentials")]
    public async Task What_is_missing_is_said_with_its_reference(string reference, string because)
    {
        var sentence = await MissingAsync(reference);
        sentence.ShouldStartWith($"The secret 'token' ({reference}): ");
        sentence.ShouldContain(because);
    }

    [Theory]
    [InlineData("env:INCIDENT_TEST_NOBODY_SETS_THIS")]
    [InlineData("file:/nowhere/at/all")]
    [InlineData("credential:x")]
    public async Task One_that_need_not_be_there_is_nothing_where_there_is_none(string reference)
    {
        var read = await reader.ReadAsync(Definition(reference, required: false), default);

        read.Missing.ShouldBeEmpty();
        read.Values.ShouldBe([new KeyValuePair<string, string?>("token", null)]);
    }

    [Fact]
    public async Task One_that_need_not_be_there_and_cannot_be_used_is_still_said()
    {
        var definition = Definition("file:" + file, required: false);
        (await reader.ReadAsync(definition, default)).Missing.ShouldBeEmpty("an empty one is none");
        await File.WriteAllTextAsync(file, "abc");
        (await reader.ReadAsync(definition, default)).Missing.ShouldHaveSingleItem().Because.ShouldContain("shorter than 4");
        await File.WriteAllBytesAsync(file, [1, 2, 0xFF, 0xFE, 5]);
        (await reader.ReadAsync(definition, default)).Missing.ShouldHaveSingleItem().Because.ShouldContain("is not UTF-8");
        (await reader.ReadAsync(Definition("vault:x", required: false), default)).Missing.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("if: inputs.token != ''")]
    [InlineData("name: say", "expect: contains(result.stdout, inputs['token'])")]
    [InlineData("outputs: { it: '${{ inputs.token }}' }")]
    [InlineData("idempotency-key: 'k-${{ inputs.token }}'", "effect: keyed")]
    public void A_secret_elsewhere_than_in_with_and_env_is_a_problem_of_the_definition(params string[] lines)
    {
        var (definition, problems) = Read("env:X", lines);
        definition.ShouldBeNull();
        problems.ShouldContain(problem => problem.Message.Contains("The secret 'token' can stand only in 'with' and 'env'"));
        problems.ShouldAllBe(problem => problem.Line > 4);
    }

    [Fact]
    public void A_secret_in_env_is_none() =>
        Read("env:X", ["env: { T: '${{ inputs.token }}', U: '${{ secrets.token }}' }"]).Problems.ShouldBeEmpty();

    private async Task<string> MissingAsync(string reference)
    {
        var read = await reader.ReadAsync(Definition(reference), default);
        read.Values.ShouldBeEmpty();
        return read.Missing.ShouldHaveSingleItem().Because;
    }

    private static RunbookDefinition Definition(string reference, bool required = true) =>
        Read(reference, [], required).Definition.ShouldNotBeNull();

    private static (RunbookDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Read(
        string reference,
        string[] lines,
        bool required = true
    )
    {
        var text = $$"""
            runbook: secretive
            inputs:
              token: { type: secret, required: {{(required ? "true" : "false")}}, ref: "{{reference}}" }
            steps:
              - run: 'true'
            """;
        return new RunbookReader(new Dictionary<string, IStepAction>(StringComparer.Ordinal)).Read(
            text + "\n" + string.Concat(lines.Select(line => $"    {line}\n"))
        );
    }
}
