namespace Tests.Runbooks;

/// <summary>A run that ended well and repaired nothing says so.</summary>
public sealed class IdleRunTests
{
    [Theory]
    [InlineData("false", "", "Run succeeded: nothing had to be done, see look: result.ill does not hold, so that the run ends here")]
    [InlineData("true", "{ step: act, decision: approve, by: anna }", "Run succeeded")]
    [InlineData("true", "{ step: act, decision: done-by-hand, by: anna, reason: at the console }", "Run succeeded")]
    [InlineData("true", "{ step: act, decision: skip, by: anna, reason: it is off anyhow }", "Run succeeded: it only looked, and told")]
    public void It_says_whether_it_had_anything_to_do(string ill, string click, string last)
    {
        var result = Bench.Play(
            """
            runbook: a
            steps:
              - { id: look, uses: test/read@1, expect: result.ill, else: end-success }
              - { id: act, uses: test/once@1, approve: { expires: 10m }, skip-allowed: true }
            """,
            $$"""
            test: a
            cases:
              - name: a
                answers: { look: { outputs: { ill: {{ill}} } } }
                clicks: [{{click}}]
                expect: { run: succeeded, timeline: ["{{last}}"] }
            """
        );

        result.Passed.ShouldBeTrue(Bench.Told(result));
    }
}
