// Has the server close, and tells how partysocket sees it and that it comes back.
import { Inbox, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const socket = await partySocket({ room: "closes", id: "closed-often" });
  const inbox = new Inbox(socket);
  await inbox.json();
  for (const request of options.requests) {
    socket.send(request);
    const { code, reason } = await inbox.nextOf("close");
    const { id } = await inbox.json();
    report("closed", { request, code, reason, id });
  }
  socket.close(4002, "enough");
  const { code, reason } = await inbox.nextOf("close");
  report("closed by the client", { code, reason, readyState: socket.readyState });
});
