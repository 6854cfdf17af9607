// Connects to a room whose on_connect fails, until it has tried enough.
import { Inbox, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const socket = await partySocket({ room: "broken", maxRetries: 2 });
  const inbox = new Inbox(socket);
  for (let tries = 0; tries < 3; tries++) {
    const { code, reason } = await inbox.nextOf("close");
    report("closed", { code, reason });
  }
});
