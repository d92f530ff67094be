namespace Tests.Secrets;

/// <summary>Brings two secrets to every place that a runbook reaches.</summary>
internal static class PlantedRunbook
{
    /// <summary>Calls it, and passes on a secret where another runbook's input is meant to be shown.</summary>
    /// <param name="variable">Of the environment, holds a secret.</param>
    public static string Outer(string variable) =>
        $$$"""
            runbook: planted-outer
            summary: Calls the one that brings secrets everywhere
            inputs:
              token: { type: secret, ref: "env:{{{variable}}}" }
            steps:
              - id: call
                runbook: planted
                continue-on-error: true
              - id: passes
                runbook: planted-inner
                with: { word: "${{ inputs.token }}" }
                continue-on-error: true
              - id: after
                uses: incident/note@1
                with: { text: "planted: ${{ toJSON(steps.call.outputs) }} ${{ toJSON(steps.passes) }} ${{ inputs.token }}" }
            """;

    public const string Inner = """
        runbook: planted-inner
        summary: Shows what it is given
        inputs: { word: { type: string } }
        steps:
          - id: shows
            run: echo "planted in $WORD"
            effect: read
            env: { WORD: "${{ inputs.word }}" }
            outputs: { word: "${{ result.stdout }}" }
        outputs: { word: "${{ steps.shows.outputs.word }}" }
        """;

    /// <param name="echo">Answers with what it is sent.</param>
    /// <param name="file">Holds the one secret.</param>
    /// <param name="variable">Of the environment, holds the other.</param>
    /// <param name="certificate">A real one, of no secret, as JSON.</param>
    public static string Text(Uri echo, string file, string variable, string certificate) =>
        $$$"""
            runbook: planted
            summary: Brings secrets to every place there is
            inputs:
              token: { type: secret, ref: "env:{{{variable}}}" }
              key: { type: secret, ref: "file:{{{file}}}" }
              word: { type: string, default: "planted" }
            env: { TOKEN: "${{ inputs.token }}", KEY: "${{ inputs.key }}", LOWER: "${{ lower(secrets.token) }}" }
            steps:
              - id: script
                shell: python
                effect: read
                artifacts: left
                run: |
                  import base64, json, os, sys, time, urllib.parse, html, shlex
                  token, key, lower = os.environ["TOKEN"], os.environ["KEY"], os.environ["LOWER"]
                  print("planted:", token)
                  for text in (token, key, lower):
                      print(repr(text), ascii(text), json.dumps(text), json.dumps(json.dumps(text)), json.dumps(text, ensure_ascii=False))
                      print(urllib.parse.quote(text), urllib.parse.quote_plus(text), urllib.parse.quote(text, safe=""))
                      print(html.escape(text), shlex.quote(text), text.encode().hex())
                      for before in ("", "a", "ab"):
                          print(base64.b64encode((before + text).encode()).decode(), base64.urlsafe_b64encode((before + text).encode()).decode())
                      print(base64.encodebytes(("user:" + text).encode()).decode())
                      print(text, file=sys.stderr)
                      half = len(text.encode()) // 2
                      print("\033[1;31m" + text[:4] + "\033[0m" + text[4:])
                      for one in text.encode():
                          sys.stdout.buffer.write(bytes([one])); sys.stdout.flush()
                      print()
                  with open(os.environ["INCIDENT_OUTPUT"], "a") as outputs:
                      outputs.write("token=" + token + "\nquoted=" + urllib.parse.quote(token) + "\nplain=planted\n")
                  os.mkdir("left")
                  for name, content in {
                      "plain.txt": "planted: " + token + key + lower + json.dumps([token, key]) + urllib.parse.quote(token),
                      "colour.txt": "planted: \033[1m" + token[:4] + "\033[0m" + token[4:],
                      "binary": "planted \0 " + token, "wide": ("planted " + token).encode("utf-16"),
                      "key": b"planted \0\xff" + key.encode(),
                  }.items():
                      open("left/" + name, "wb").write(content if isinstance(content, bytes) else content.encode())
                  print("planted: no secret at all")
              - id: exits
                run: 'echo "$TOKEN"; echo "$KEY" >&2; set -x; : "$TOKEN"; exit 3'
                fails-with: [3]
                continue-on-error: true
              - id: sends
                uses: http/request@1
                with:
                  method: POST
                  url: "{{{echo}}}?planted=${{ inputs.token }}"
                  headers: { Authorization: "Bearer ${{ secrets.token }}", X-Key: "${{ toJSON(inputs.key) }}" }
                  json: { token: "${{ inputs.token }}", key: "${{ inputs.key }}" }
                effect: read
                i-accept: "the target only echoes"
              - id: takes
                uses: http/request@1
                with: { method: POST, url: "{{{echo}}}json", json: { token: "${{ inputs.token }}", pin: 1 } }
                effect: read
                i-accept: "the target only echoes"
                expect: result.json.token != ''
                outputs: { token: "${{ result.json.token }}", parts: "${{ split(result.json.token, '-') }}", all: "${{ result.body }}" }
              - id: fails
                uses: http/request@1
                with: { method: POST, url: "{{{echo}}}fails", body: "${{ inputs.key }}" }
                effect: idempotent
                i-accept: "the target only echoes"
                continue-on-error: true
              - id: no-github
                uses: github/workflow-runs@1
                with: { repository: a/b, workflow: deploy.yml }
                continue-on-error: true
              - id: no-address
                uses: http/request@1
                with: { url: "${{ inputs.token }}" }
                continue-on-error: true
              - id: no-size
                uses: http/request@1
                with: { url: "{{{echo}}}", max-bytes: "${{ inputs.token }}" }
                continue-on-error: true
              - id: no-host
                uses: http/request@1
                with: { url: "http://user:${{ inputs.token }}@planted.invalid/${{ inputs.token }}" }
                continue-on-error: true
              - id: no-key
                uses: ssh/run@1
                with: { host: 127.0.0.1, port: {{{echo.Port}}}, user: planted, key: "${{ inputs.key }}", command: "true", reads: true }
                timeout: 3s
                continue-on-error: true
              - id: no-ssh
                uses: ssh/run@1
                with: { host: 127.0.0.1, port: {{{echo.Port}}}, user: planted, password: "${{ inputs.token }}", command: "true", reads: true, host-keys: ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"] }
                timeout: 3s
                continue-on-error: true
              - id: no-connection
                uses: postgres/query@1
                with: { connection: "Host=127.0.0.1;Port={{{echo.Port}}};Username=planted;Password='${{ inputs.token }}'", sql: select 1 }
                timeout: 3s
                continue-on-error: true
              - id: no-connection-string
                uses: postgres/query@1
                with: { connection: "Host=127.0.0.1;${{ inputs.token }}", sql: select 1 }
                continue-on-error: true
              - id: no-redis
                uses: redis/command@1
                with: { address: "127.0.0.1:{{{echo.Port}}}", password: "${{ inputs.token }}", command: PING, reads: true }
                timeout: 3s
                continue-on-error: true
              - id: no-cluster
                uses: kubernetes/get@1
                with:
                  kind: node
                  name: planted
                  kubeconfig: |
                    apiVersion: v1
                    kind: Config
                    current-context: c
                    clusters: [{ name: c, cluster: { server: "{{{echo}}}" } }]
                    users: [{ name: u, user: { token: ${{ toJSON(inputs.token) }} } }]
                    contexts: [{ name: c, context: { cluster: c, user: u } }]
                timeout: 3s
                continue-on-error: true
              - id: no-kubeconfig
                uses: kubernetes/get@1
                with: { kind: node, name: planted, kubeconfig: "${{ inputs.key }}" }
                continue-on-error: true
              - id: no-prometheus
                uses: prometheus/query@1
                with: { url: "{{{echo}}}", query: up, headers: { Authorization: "Bearer ${{ inputs.token }}" } }
                timeout: 3s
                continue-on-error: true
              - id: no-identity
                uses: http/request@1
                with: { url: "https://127.0.0.1:{{{echo.Port}}}", certificate: {{{certificate}}}, key: "${{ inputs.key }}" }
                continue-on-error: true
              - id: no-etcd
                uses: etcd/health@1
                with: { endpoint: "https://127.0.0.1:{{{echo.Port}}}", ca: "${{ inputs.key }}", user: planted, password: "${{ inputs.token }}" }
                continue-on-error: true
              - id: needs-it
                run: 'echo "$T"'
                env: { T: "${{ steps.script.outputs.token }}" }
                continue-on-error: true
              - id: told
                uses: incident/note@1
                with: { text: "planted note: ${{ inputs.token }} and ${{ steps.script.outputs.token }} and ${{ lower(inputs.token) }}" }
              - uses: chat/post@1
                with: { text: "planted post: ${{ secrets.token }} ${{ toJSON(inputs.key) }}" }
              - id: gated
                name: Planted gate
                uses: http/request@1
                with: { method: POST, url: "{{{echo}}}?t=${{ inputs.token }}", headers: { Authorization: "${{ inputs.token }}" }, body: "x" }
                effect: idempotent
                i-accept: "the target only echoes"
                approve: { need: 1 }
            finally:
              - run: 'echo "planted: the last line"'
            """;
}
