// Connects with each of the given settings, and tells what the server saw and what the client knows.
import { Inbox, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  for (const settings of options.sockets) {
    const socket = await partySocket(settings);
    const inbox = new Inbox(socket);
    const server = await inbox.json();
    report("connected", { server, id: socket.id, url: socket.url, roomUrl: socket.roomUrl, name: socket.name });
    socket.close();
  }
});
