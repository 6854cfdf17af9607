// Moves an open socket from one room to another, under the same id.
import { Inbox, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const watcher = new Inbox(await partySocket({ room: "first" }));
  await watcher.json();
  const socket = await partySocket({ room: "first", id: "mover" });
  const inbox = new Inbox(socket);
  await inbox.json();
  socket.updateProperties({ room: "second" });
  socket.reconnect();
  const { room, id } = await inbox.json();
  report("moved", { told: await watcher.message(), room, id });
});
