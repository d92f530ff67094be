// @slack/web-api against the tests' Slack. usage: node web-api.mjs API_URL BOT_TOKEN CHANNEL USER
// Prints one line per check; exits 1 when the official client is not satisfied.
import { createRequire } from 'node:module';
const { WebClient, LogLevel } = createRequire(process.env.CLIENTS + '/')('@slack/web-api');
const [slackApiUrl, token, channel, user] = process.argv.slice(2);
const client = new WebClient(token, { slackApiUrl, retryConfig: { retries: 2, minTimeout: 10, maxTimeout: 50 }, logLevel: LogLevel.ERROR });
let failed = 0;
const check = async (what, run) => {
  try { await run(); console.log('ok', what); } catch (e) { failed++; console.log('FAILED', what, e.data?.error ?? e.message); }
};
const expect = (is, what) => { if (!is) throw new Error(what); };
const refused = async (error, run) => {
  try { await run(); } catch (e) { expect(e.data?.error === error, `${e.data?.error ?? e.message} instead of ${error}`); return e.data; }
  throw new Error('accepted instead of ' + error);
};
const section = (text) => ({ type: 'section', text: { type: 'mrkdwn', text } });

await check('auth.test says who we are', async () => { const who = await client.auth.test(); expect(who.user_id && who.team_id && who.bot_id, 'ids missing'); });
await check('lists are paged to their end', async () => {
  let pages = 0, found = 0;
  for await (const page of client.paginate('conversations.list', { limit: 2 })) { pages++; found += page.channels.length; }
  expect(pages > 1 && found > 2, `${pages} pages, ${found} channels`);
});
await check('an unknown method and a wrong token have their names', async () => {
  await refused('unknown_method', () => client.apiCall('no.such.method'));
  await refused('invalid_auth', () => new WebClient('xoxb-wrong', { slackApiUrl }).auth.test());
});
await check('a post is found by its metadata, edited, pinned, deleted', async () => {
  const posted = await client.chat.postMessage({ channel, text: 'a', blocks: [section('*a*')], metadata: { event_type: 'test', event_payload: { id: '7' } } });
  const found = (await client.conversations.history({ channel, include_all_metadata: true })).messages.find((m) => m.metadata?.event_payload.id === '7');
  expect(found?.ts === posted.ts, 'not found');
  await client.chat.update({ channel, ts: posted.ts, text: 'b' });
  expect((await client.conversations.history({ channel, latest: posted.ts, inclusive: true, limit: 1 })).messages[0].text === 'b', 'not edited');
  await client.pins.add({ channel, timestamp: posted.ts });
  await refused('already_pinned', () => client.pins.add({ channel, timestamp: posted.ts }));
  expect((await client.chat.getPermalink({ channel, message_ts: posted.ts })).permalink, 'no permalink');
  await client.chat.delete({ channel, ts: posted.ts });
  await refused('message_not_found', () => client.chat.update({ channel, ts: posted.ts, text: 'c' }));
});
await check('what is too long or wrong is refused with the reason', async () => {
  const data = await refused('invalid_blocks', () => client.chat.postMessage({ channel, text: 'x', blocks: [section('x'.repeat(3001))] }));
  expect(data.response_metadata.messages[0].includes('3001'), 'no reason');
  await refused('no_text', () => client.chat.postMessage({ channel, text: '' }));
  await refused('channel_not_found', () => client.chat.postMessage({ channel: 'C404', text: 'x' }));
});
await check('channels have name rules', async () => {
  await refused('invalid_name_specials', () => client.conversations.create({ name: 'Not Good' }));
  await refused('invalid_name_maxlength', () => client.conversations.create({ name: 'x'.repeat(81) }));
  await refused('invalid_name_punctuation', () => client.conversations.create({ name: '---' }));
  const made = await client.conversations.create({ name: 'inc-good' });
  await refused('name_taken', () => client.conversations.create({ name: 'inc-good' }));
  await client.conversations.invite({ channel: made.channel.id, users: user });
  await refused('already_in_channel', () => client.conversations.invite({ channel: made.channel.id, users: user }));
  await client.conversations.setTopic({ channel: made.channel.id, topic: 'sev1' });
  await client.bookmarks.add({ channel_id: made.channel.id, title: 'Page', type: 'link', link: 'https://example.com/inc-1' });
  expect((await client.bookmarks.list({ channel_id: made.channel.id })).bookmarks.length === 1, 'no bookmark');
});
await check('a file goes by the upload flow', async () => {
  const sent = await client.filesUploadV2({ channel_id: channel, filename: 'graph.png', file: Buffer.from([1, 2, 3]), title: 'Graph' });
  expect(sent.files.length === 1, 'no file');
});
await check('people and their groups are known', async () => {
  expect((await client.users.info({ user })).user.id === user, 'no user');
  const groups = (await client.usergroups.list({ include_users: true })).usergroups;
  expect(groups[0].users.includes(user), 'no group');
});
await check('a view needs a trigger that is fresh', async () => {
  await refused('invalid_trigger_id', () => client.views.open({ trigger_id: 'x', view: { type: 'modal', title: { type: 'plain_text', text: 'x' }, blocks: [section('x')] } }));
  await client.views.publish({ user_id: user, view: { type: 'home', blocks: [section('home')] } });
});
await check('told to wait, it waits and comes again', async () => {
  const began = Date.now();
  await client.apiCall('api.test'); // the tests' Slack answers the first one with 429
  expect(Date.now() - began >= 1000, 'it did not wait');
});
process.exit(failed ? 1 : 0);
