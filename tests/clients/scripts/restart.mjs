// The host goes and comes back on the same port.
import { Inbox, partySocket, report, scenario, toldToGoOn } from "./scenario.mjs";

await scenario(async () => {
  const socket = await partySocket({ room: "restart", id: "patient" });
  const inbox = new Inbox(socket);
  report("up", { id: (await inbox.json()).id });
  await toldToGoOn();
  const { code } = await inbox.nextOf("close");
  socket.send("sent while the host was down");
  report("down", { code });
  const { id } = await inbox.json();
  report("back", { id, echo: await inbox.message() });
});
