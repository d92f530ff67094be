// An app written with @slack/bolt against the tests' Slack: a command opens a modal, its submission posts a card, a button
// edits the card, a shortcut answers its user. usage: node bolt.mjs API_URL BOT_TOKEN (APP_TOKEN | http SIGNING_SECRET PORT)
import { createRequire } from 'node:module';
const { App, LogLevel } = createRequire(process.env.CLIENTS + '/')('@slack/bolt');
const [slackApiUrl, token, mode, signingSecret, port] = process.argv.slice(2);
const clientOptions = { slackApiUrl };
const app = mode === 'http'
  ? new App({ token, signingSecret, clientOptions, logLevel: LogLevel.ERROR })
  : new App({ token, appToken: mode, socketMode: true, clientOptions, logLevel: LogLevel.ERROR });
const text = (t) => ({ type: 'plain_text', text: t });
app.command('/try', async ({ ack, body, client }) => {
  if (body.text === 'hello') return ack({ response_type: 'ephemeral', text: 'hello ' + body.user_name });
  await ack();
  await client.views.open({ trigger_id: body.trigger_id, view: {
    type: 'modal', callback_id: 'ask', title: text('Ask'), submit: text('Send'), private_metadata: body.channel_id,
    blocks: [{ type: 'input', block_id: 'what', label: text('What?'), element: { type: 'plain_text_input', action_id: 'v' } }] } });
});
app.view('ask', async ({ ack, view, client }) => {
  const what = view.state.values.what.v.value;
  if (what === 'bad') return ack({ response_action: 'errors', errors: { what: 'not this' } });
  await ack();
  await client.chat.postMessage({ channel: view.private_metadata, text: what, blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: what } },
    { type: 'actions', elements: [{ type: 'button', action_id: 'approve', text: text('Approve'), value: what, style: 'primary' }] }] });
});
app.action('approve', async ({ ack, body, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: 'approved by ' + body.user.name, blocks: [] });
  await respond({ text: 'thank you', replace_original: false });
});
app.shortcut('add', async ({ ack, shortcut, client }) => { await ack(); await client.reactions.add({ channel: shortcut.channel.id, timestamp: shortcut.message.ts, name: 'pushpin' }); });
app.event('app_home_opened', async ({ event, client }) => { await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'divider' }] } }); });
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
await app.start(mode === 'http' ? { port: Number(port), host: '127.0.0.1' } : undefined);
console.log('started');
