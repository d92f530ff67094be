using System.ComponentModel;
using Runbooks.Actions;

namespace Runbooks.Running;

/// <summary>What a script (<c>run</c>) brings.</summary>
public sealed record ScriptResult(
    [Description("0 if all went well.")] int ExitCode,
    [Description("The first 64 KB of what it wrote. Line by line all of it is in the run's output, up to `log-limit`.")] string Stdout,
    [Description("The first 64 KB of its errors.")] string Stderr,
    [Description("The lines `name=value` of the file in `$INCIDENT_OUTPUT`, by their names.")] IReadOnlyDictionary<string, string> Outputs
);

/// <summary>What the reference page of scripts tells beyond the keys of a step, as <see cref="ActionGuide"/> does of an action.</summary>
public static class ScriptGuide
{
    /// <summary>Variables that a script finds, beside its own and the bot's <c>PATH</c>, <c>HOME</c> and <c>LANG</c>.</summary>
    public const string OutputVariable = "INCIDENT_OUTPUT";
    public const string RunVariable = "INCIDENT_RUN";
    public const string StepVariable = "INCIDENT_STEP";
    public const string KeyVariable = "INCIDENT_KEY";

    /// <summary>Bytes of the file in <see cref="OutputVariable"/>.</summary>
    public const int LargestOutputs = 64 * 1024;

    public static IReadOnlyList<(string Name, string Holds)> Variables { get; } =
    [
        (
            OutputVariable,
            $"An empty file: lines `name=value` in it are outputs. Of one larger than {LargestOutputs / 1024} KB none are taken."
        ),
        (RunVariable, "The run's id."),
        (StepVariable, "The step's path in it."),
        (
            KeyVariable,
            "Of a keyed step: its `idempotency-key`; without one, a key that is another one once somebody has the run go on from the step."
        ),
        ("PATH, HOME, LANG", "Those of the bot. Of its other variables a script sees none."),
    ];

    public static IReadOnlyList<FailureCase> Failures { get; } =
    [
        new(
            FailureClass.NotSent,
            "It could not be started, as its `cwd` or its shell is not there, or another process carries the run on: nothing of it has begun."
        ),
        new(FailureClass.Refused, "The exit code is in `fails-with`; of a `read` or `idempotent` step, any exit code but 0."),
        new(
            FailureClass.Unknown,
            "Any other exit code, and the time limit: it may have done a part of its work. "
                + "Everything of its session, whatever process group it is in, is asked to end, after two seconds made to, "
                + "and the output says who is known to live on in a session of its own."
        ),
    ];

    public static IReadOnlyList<string> Examples { get; } =
    [
        """
            id: oldest
            run: |
              oldest=$(find "$FOLDER" -name '*.log' -mtime +7 | wc -l)
              echo "$oldest old files"
              echo "count=$oldest" >> "$INCIDENT_OUTPUT"
            env: { FOLDER: /var/log/shop }
            effect: read
            timeout: 30s
            outputs: { count: result.outputs.count }
            """,
        """
            run: |
              jcmd "$PID" Thread.print > threads.txt
              jcmd "$PID" GC.heap_info > heap.txt
            env: { PID: "4711" }
            effect: read
            artifacts: [ "*.txt" ]
            """,
        """
            run: |
              curl --fail --header "Authorization: Bearer $TOKEN" --request POST https://deploy.example.com/restart
            shell: sh
            env: { TOKEN: "${{ inputs.password }}" }
            fails-with: [22]
            check: { uses: http/request@1, with: { url: "https://deploy.example.com/restarts" }, done-when: "result.json.running" }
            """,
    ];
}
