using System.Globalization;

namespace Tests.Crash;

/// <summary>A runbook with a step of each effect class, as a request and as a script, with and without a check.</summary>
internal static class MatrixRunbook
{
    public const string Name = "every-effect";

    /// <summary>Never more effects than decisions, plus one.</summary>
    public static IReadOnlyList<string> Once { get; } = ["once-http", "once-http-checked", "once-script", "once-script-checked"];

    /// <summary>The target drops repeats, so there is one effect however often it was called.</summary>
    public static IReadOnlyList<string> Keyed { get; } = ["keyed-http", "keyed-script"];

    public static IReadOnlyList<string> Again { get; } = ["idempotent-http", "idempotent-script"];

    public static string Text(int port) =>
        Template
            .Replace("TARGET", $"http://127.0.0.1:{port}/${{{{ run.id }}}}", StringComparison.Ordinal)
            .Replace("NUMBER", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    // The scripts speak HTTP to the same target, so that it counts what they did, too.
    private const string Template = """
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
            before: { uses: http/request@1, with: { url: "TARGET/once-http-checked?part=before" } }
            check:
              uses: http/request@1
              with: { url: "TARGET/once-http-checked?part=check" }
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
}
