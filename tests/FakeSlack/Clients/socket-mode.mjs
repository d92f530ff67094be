// @slack/socket-mode against the tests' Slack: writes what it sees, one JSON line each, until its input ends.
// usage: node socket-mode.mjs API_URL APP_TOKEN
import { createRequire } from 'node:module';
const { SocketModeClient, LogLevel } = createRequire(process.env.CLIENTS + '/')('@slack/socket-mode');
const [slackApiUrl, appToken] = process.argv.slice(2);
const client = new SocketModeClient({ appToken, clientOptions: { slackApiUrl }, logLevel: LogLevel.ERROR });
const say = (line) => console.log(JSON.stringify(line));
client.on('slack_event', async ({ ack, type, body, envelope_id, retry_num, accepts_response_payload }) => {
  say({ saw: type, inner: body.event?.type ?? body.command ?? body.type, retry: retry_num, accepts: accepts_response_payload });
  await ack(type === 'slash_commands' ? { text: 'heard ' + body.text } : undefined);
});
for (const state of ['connected', 'reconnecting', 'disconnected']) client.on(state, () => say({ state }));
process.stdin.on('end', async () => { await Promise.race([client.disconnect(), new Promise((r) => setTimeout(r, 1000))]); process.exit(0); });
process.stdin.resume();
await client.start();
