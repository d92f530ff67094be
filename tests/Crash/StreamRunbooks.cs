using System.Globalization;

namespace Tests.Crash;

/// <summary>What runs while the bot is killed: started by alerts and by the API, acting on a real target by requests and scripts.</summary>
internal static class StreamRunbooks
{
    public const string ByAlert = "repair";
    public const string ByApi = "tidy";
    public const string RepairPrefix = "repair-";

    public static IReadOnlyList<string> Once { get; } = ["restart", "flush"];
    public static IReadOnlyList<string> Keyed { get; } = ["order"];

    /// <param name="mark">In the environment of every script, so that a leftover one is found.</param>
    public static IEnumerable<(string File, string Text)> All(int port, string mark)
    {
        yield return ("repair.yaml", Filled(Repair));
        yield return ("tidy.yaml", Filled(Tidy));

        string Filled(string text) =>
            text.Replace("TARGET", $"http://127.0.0.1:{port}/${{{{ run.id }}}}", StringComparison.Ordinal)
                .Replace("NUMBER", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("MARK", mark, StringComparison.Ordinal);
    }

    private const string Repair = """
        runbook: repair
        on:
          alert: { match: { pod: "~repair-.*" }, mode: auto }
        env: { RUN: "${{ run.id }}", PORT: "NUMBER", STREAM: "MARK" }
        steps:
          - id: look
            uses: http/request@1
            with: { url: "TARGET/look" }
          - id: restart
            uses: http/request@1
            with: { method: POST, url: "TARGET/restart" }
            before: { uses: http/request@1, with: { url: "TARGET/restart" } }
            check:
              uses: http/request@1
              with: { url: "TARGET/restart" }
              done-when: result.json.count > before.json.count
              authoritative: true
          - id: breathe
            wait: { for: 100ms }
          - id: flush
            run: |
              sleep 600 &
              exec 3<>/dev/tcp/127.0.0.1/$PORT
              printf 'POST /%s/flush HTTP/1.1\r\nHost: target\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' $RUN >&3
              grep -q '200 OK' <&3
        """;

    private const string Tidy = """
        runbook: tidy
        env: { RUN: "${{ run.id }}", PORT: "NUMBER", STREAM: "MARK" }
        steps:
          - id: order
            uses: http/request@1
            with: { method: POST, url: "TARGET/order" }
            effect: keyed
          - id: allowed
            approve: { need: 1 }
          - id: restart
            uses: http/request@1
            with: { method: POST, url: "TARGET/restart" }
          - id: put
            uses: http/request@1
            with: { method: PUT, url: "TARGET/put" }
          - id: long
            wait: { for: 2500ms }
          - id: flush
            run: |
              exec 3<>/dev/tcp/127.0.0.1/$PORT
              printf 'POST /%s/flush HTTP/1.1\r\nHost: target\r\nConnection: close\r\nContent-Length: 0\r\n\r\n' $RUN >&3
              grep -q '200 OK' <&3
        finally:
          - id: count
            uses: core/count@1
            with: { key: "${{ run.id }}" }
        """;
}
