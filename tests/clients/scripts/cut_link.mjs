// The network breaks while two clients talk; one of them sends on meanwhile.
import { Inbox, Link, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const link = await Link.to(options.host);
  const watcher = new Inbox(await partySocket({ room: "cut", id: "watcher" }));
  await watcher.json();

  const socket = await partySocket({ room: "cut", id: "traveller", host: link.host });
  const inbox = new Inbox(socket);
  const before = await inbox.json();

  link.refuses = true;
  link.cut();
  const { code } = await inbox.nextOf("close");
  report("down", { code, told: await watcher.message() });

  for (const text of ["one", "two", "three"]) socket.send(text);
  socket.send(Uint8Array.of(1, 2, 3));
  report("buffered", { bytes: socket.bufferedAmount });

  link.refuses = false;
  const after = await inbox.json();
  const echoes = [];
  for (let i = 0; i < 4; i++) {
    const back = await inbox.message();
    echoes.push(typeof back === "string" ? back : [...new Uint8Array(await new Response(back).arrayBuffer())]);
  }
  report("back", { sameId: before.id === after.id, id: after.id, echoes, bytes: socket.bufferedAmount });
});
