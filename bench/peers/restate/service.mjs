// Ten trivial journaled steps, and one that says when it started. Each ctx.run is on the server's log before the next begins.
import * as restate from "@restatedev/restate-sdk";

const flow = restate.service({
  name: "flow",
  handlers: {
    ten: async (ctx) => {
      let sum = 0;
      for (let i = 0; i < 10; i++) sum = await ctx.run(`step-${i}`, () => sum + i);
      return { sum };
    },
    // Microseconds of the machine's clock (CLOCK_REALTIME), comparable with the client's.
    first: async (ctx) => ({ at: await ctx.run("first", () => Math.round((performance.timeOrigin + performance.now()) * 1000)) }),
  },
});
restate.serve({ services: [flow], port: Number(process.env.SERVICE_PORT) });
