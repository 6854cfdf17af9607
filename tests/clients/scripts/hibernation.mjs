// Stays connected to a room whose instance goes meanwhile.
import { setTimeout as sleep } from "node:timers/promises";

import { Inbox, partySocket, options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const socket = await partySocket({ room: "sleepy", id: "sleeper" });
  const inbox = new Inbox(socket);
  await inbox.json();
  let closed = false;
  socket.addEventListener("close", () => (closed = true));
  for (let asked = 1; ; asked++) {
    await sleep(options.idle * 4); // the question itself keeps the room awake, so it must not come too often
    socket.send("slept?");
    const { slept, sent } = await inbox.json();
    if (!slept) continue;
    socket.send("after the sleep");
    report("slept", { everyMessageCounted: sent === asked, echo: await inbox.message(), closed });
    return;
  }
});
