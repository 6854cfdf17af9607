// PartySocket.fetch with each of the given settings.
import { options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const { default: PartySocket } = await import(options.partysocket);
  for (const { settings, init } of options.requests) {
    const response = await PartySocket.fetch({ host: options.host, ...settings }, init);
    const { status, headers } = response;
    report("answer", { status, party: headers.get("x-party"), server: await response.json() });
  }
  const own = [];
  const fetch = async (...args) => (own.push(args[0]), new Response("own"));
  const response = await PartySocket.fetch({ host: options.host, room: "r", fetch });
  report("own fetch", { calls: own.length, text: await response.text() });
});
