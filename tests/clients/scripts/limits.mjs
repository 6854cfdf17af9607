// A message as long as the host takes, and one that is longer.
import { Inbox, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const socket = await partySocket({ room: "limits" });
  const inbox = new Inbox(socket);
  await inbox.json();
  socket.send("x".repeat(options.limit));
  report("longest", { length: (await inbox.message()).length });
  socket.send("x".repeat(options.limit + 1));
  report("longer", { code: (await inbox.nextOf("close")).code });
  socket.send("short");
  await inbox.json();
  report("back", { echo: await inbox.message() });
});
