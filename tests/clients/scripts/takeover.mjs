// A client's link breaks and the host does not notice; the client comes back under its id.
import { Inbox, Link, options, partySocket, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const link = await Link.to(options.host);
  const { party } = options;
  const watcherSocket = await partySocket({ party, room: "takeover", id: "watcher" });
  const watcher = new Inbox(watcherSocket);
  await watcher.json();
  const ask = async (text) => (watcherSocket.send(text), await watcher.message());

  const socket = await partySocket({ party, room: "takeover", id: "twin", host: link.host });
  const inbox = new Inbox(socket);
  await inbox.json();
  link.cutNear();
  await inbox.nextOf("close");
  await inbox.json();
  report("both there", { who: JSON.parse(await ask("who")) });

  watcherSocket.send("tell twin are you the later one?");
  report("told", { text: await inbox.message() });

  link.cutFarOfOldest();
  report("earlier one gone", { told: await watcher.message(), who: JSON.parse(await ask("who")) });

  socket.send("still here");
  report("later one", { echo: await inbox.message() });
});
