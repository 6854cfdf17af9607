// Two peers write and leave while the host is down; a new one finds what they wrote.
import * as Y from "yjs";

import { provider, synced, textIs, textOf, until } from "./peers.mjs";
import { report, scenario, toldToGoOn } from "./scenario.mjs";

await scenario(async () => {
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  const peers = [provider(docs[0], "ada"), provider(docs[1], "ben")];
  await Promise.all(peers.map(synced));
  docs[0].getText("text").insert(0, "written once");
  await textIs(docs[1], "written once");
  report("both have it");
  await toldToGoOn();
  await Promise.all(peers.map((peer) => until(peer, "status", () => !peer.wsconnected)));
  for (const peer of peers) peer.destroy();
  report("both are gone");
  await toldToGoOn();
  await synced(provider(docs[2], "cyd"));
  report("new one has it", { text: textOf(docs[2]) });
});
