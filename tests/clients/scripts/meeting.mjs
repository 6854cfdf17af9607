// Both versions of partysocket connect to a room by its name alone.
import { Inbox, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  let socket, inbox;
  for (const version of options.partysockets) {
    options.partysocket = version;
    socket = await partySocket({ room: "meeting", id: version });
    inbox = new Inbox(socket);
    await inbox.json();
  }
  socket.send("who");
  report("met", { who: await inbox.json() });
});
