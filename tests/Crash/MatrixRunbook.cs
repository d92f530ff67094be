using System.Globalization;
using Runbooks.Running;

namespace Tests.Crash;

/// <summary>A runbook of the matrix, and what is promised of its steps. What a step does is counted by the target under its path.</summary>
/// <param name="Once">Never more effects than decisions, plus one.</param>
/// <param name="Keyed">The target drops repeats, so there is one effect however often it was called.</param>
/// <param name="Again">Made again where that harms nobody.</param>
/// <param name="End">How a run ends that nobody disturbs, and any other.</param>
/// <param name="Interleaves">Its steps go on beside each other, so that no two runs write the same commits: points are numbers.</param>
internal sealed record MatrixRunbook(
    string Name,
    IReadOnlyList<string> Once,
    IReadOnlyList<string> Keyed,
    IReadOnlyList<string> Again,
    RunPhase End,
    bool Interleaves,
    params IReadOnlyList<string> Texts
)
{
    public IEnumerable<string> TextsFor(int port) =>
        Texts.Select(text =>
            text.Replace("TARGET", $"http://127.0.0.1:{port}/${{{{ run.id }}}}", StringComparison.Ordinal)
                .Replace("NUMBER", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        );

    // The scripts speak HTTP to the same target, so that it counts what they did, too.
    private const string Effects = """
        runbook: every-effect
        summary: One step of each kind
        env:
          RUN: "${{ run.id }}"
          PORT: "NUMBER"
        steps:
          - id: read-http
            uses: http/request@1
            with: { url: "TARGET/read-http" }
            timeout: 30s
          - id: idempotent-http
            uses: http/request@1
            with: { method: PUT, url: "TARGET/idempotent-http" }
            timeout: 30s
          - id: keyed-http
            uses: http/request@1
            with: { method: POST, url: "TARGET/keyed-http" }
            effect: keyed
            timeout: 30s
          - id: once-http
            uses: http/request@1
            with: { method: POST, url: "TARGET/once-http" }
            timeout: 30s
          - id: once-http-checked
            uses: http/request@1
            with: { method: POST, url: "TARGET/once-http-checked" }
            timeout: 30s
            approve: { need: 1 }
            before: { uses: http/request@1, with: { url: "TARGET/once-http-checked?part=before" } }
            check:
              uses: http/request@1
              with: { url: "TARGET/once-http-checked?part=check" }
              first: true
              settle: 300ms
              done-when: result.json.count > before.json.count
              authoritative: true
          - id: gate
            approve: { need: 1 }
          - id: pause
            wait: { for: 200ms }
          - id: read-script
            run: &call |
              exec 3<>/dev/tcp/127.0.0.1/$PORT
              printf '%s /%s/%s HTTP/1.1\r\nHost: target\r\nConnection: close\r\nContent-Length: 0\r\n' $METHOD $RUN $INCIDENT_STEP >&3
              printf 'Idempotency-Key: %s\r\n\r\n' "${INCIDENT_KEY:-}" >&3
              grep -q '200 OK' <&3
            env: { METHOD: GET }
            effect: read
            timeout: 30s
          - id: idempotent-script
            run: *call
            env: { METHOD: PUT }
            effect: idempotent
            timeout: 30s
          - id: keyed-script
            run: *call
            env: { METHOD: POST }
            effect: keyed
            timeout: 30s
          - id: once-script
            run: *call
            env: { METHOD: POST }
            timeout: 30s
          - id: once-script-checked
            run: *call
            env: { METHOD: POST }
            timeout: 30s
            before: { uses: http/request@1, with: { url: "TARGET/once-script-checked?part=before" } }
            check:
              uses: http/request@1
              with: { url: "TARGET/once-script-checked?part=check" }
              settle: 300ms
              done-when: result.json.count > before.json.count
              authoritative: true
        finally:
          - id: note
            uses: incident/note@1
            with: { text: "${{ run.id }} is over" }
        """;

    // It fails at its end, so that all of it is undone.
    private const string Shapes = """
        runbook: every-shape
        summary: Targets in waves, a group, a called runbook, a lock, and all of it undone
        locks: [ "shapes" ]
        env: { RUN: "${{ run.id }}", PORT: "NUMBER" }
        steps:
          - id: each
            for-each: ["0", "1", "2"]
            max-parallel: 2
            rate: { waves: [1, 100%] }
            uses: http/request@1
            with: { method: POST, url: "TARGET/each[${{ item }}]" }
            timeout: 30s
            undo:
              uses: http/request@1
              with: { method: POST, url: "TARGET/each[${{ item }}].undo" }
              timeout: 30s
          - id: both
            parallel:
              - id: left
                uses: http/request@1
                with: { method: POST, url: "TARGET/left" }
                timeout: 30s
                undo: { uses: http/request@1, with: { method: PUT, url: "TARGET/left.undo" }, timeout: 30s }
              - id: right
                run: |
                  exec 3<>/dev/tcp/127.0.0.1/$PORT
                  printf 'POST /%s/%s HTTP/1.1\r\nHost: target\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' $RUN $INCIDENT_STEP >&3
                  grep -q '200 OK' <&3
                timeout: 30s
                check:
                  uses: http/request@1
                  with: { url: "TARGET/right?part=check" }
                  settle: 300ms
                  done-when: result.json.count > 0
                  authoritative: true
          - id: called
            runbook: inner-shape
            with: { word: act }
          - id: fails
            uses: http/request@1
            with: { url: "TARGET/fails" }
            expect: result.json.count > 0
        finally:
          - id: note
            uses: incident/note@1
            with: { text: "${{ run.id }} is over" }
        """;

    private const string Inner = """
        runbook: inner-shape
        inputs: { word: { type: string, required: true } }
        locks: [ "inner" ]
        steps:
          - id: act
            uses: http/request@1
            with: { method: POST, url: "TARGET/called/${{ inputs.word }}" }
            timeout: 30s
        """;

    /// <summary>A step of each effect class, as a request and as a script, with and without a check.</summary>
    public static MatrixRunbook EveryEffect { get; } =
        new(
            "every-effect",
            ["once-http", "once-http-checked", "once-script", "once-script-checked"],
            ["keyed-http", "keyed-script"],
            ["idempotent-http", "idempotent-script"],
            RunPhase.Succeeded,
            Interleaves: false,
            Effects
        );

    /// <summary>Each way in which steps are put together, and undo.</summary>
    public static MatrixRunbook EveryShape { get; } =
        new(
            "every-shape",
            ["each[0]", "each[1]", "each[2]", "left", "right", "called/act", "each[0].undo", "each[1].undo", "each[2].undo"],
            [],
            ["left.undo"],
            RunPhase.Failed,
            Interleaves: true,
            Shapes,
            Inner
        );
}
