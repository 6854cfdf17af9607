// Is refused with the first token; asks for another one each time it tries again.
import { Inbox, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const tokens = ["first", "second"];
  const socket = await partySocket({ room: "members", query: async () => ({ token: tokens.shift() }) });
  const inbox = new Inbox(socket);
  await inbox.nextOf("error");
  report("refused", { tokensLeft: tokens.length });
  report("connected", { server: await inbox.json(), retries: socket.retryCount });
});
