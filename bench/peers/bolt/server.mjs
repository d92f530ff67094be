// A slash command that is acknowledged and nothing else: signatures are checked, nothing is stored, Slack is never called.
import bolt from "@slack/bolt";

const app = new bolt.App({
  signingSecret: process.env.SECRET,
  authorize: async () => ({ botToken: "xoxb-bench", botId: "B1", botUserId: "U1" }),
  logLevel: "error",
});
app.command("/incident", async ({ ack }) => { await ack(); });
await app.start({ port: Number(process.env.PORT), host: "127.0.0.1" });
