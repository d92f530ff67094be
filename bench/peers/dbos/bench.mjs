// Ten trivial steps per workflow in a closed loop, in this process, as DBOS is a library: node bench.mjs IN_FLIGHT SECONDS WARM URL
import { DBOS } from "@dbos-inc/dbos-sdk";

const [inFlight, seconds, warm, url] = [+process.argv[2], +process.argv[3], +process.argv[4], process.argv[5]];
DBOS.setConfig({
  name: "bench",
  systemDatabaseUrl: url,
  runAdminServer: false,
  logLevel: "error",
  systemDatabasePoolSize: Math.max(10, Math.min(inFlight, 50)),
});
const flow = DBOS.registerWorkflow(
  async () => {
    let sum = 0;
    for (let i = 0; i < 10; i++) sum = await DBOS.runStep(async () => sum + i, { name: `step-${i}` });
    return sum;
  },
  { name: "flow" },
);
await DBOS.launch();

async function load(duration) {
  const took = [];
  const started = performance.now();
  const lane = async () => {
    while (performance.now() - started < duration * 1000) {
      const sent = performance.now();
      await flow();
      took.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { took: took.sort((a, b) => a - b), elapsed: (performance.now() - started) / 1000 };
}

await load(warm);
const { took, elapsed } = await load(seconds);
const percentile = (share) => +took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(3);
console.log(JSON.stringify({ rate: +((took.length * 10) / elapsed).toFixed(1), p50: percentile(0.5), p99: percentile(0.99), failed: 0 }));
await DBOS.shutdown();
process.exit(0);
