// Documents that y-partykit's provider keeps the same, through a party that relays and remembers.
import * as Y from "yjs";

import { names, namesAre, provider, synced, textIs, until } from "./peers.mjs";
import { Link, options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const link = await Link.to(options.host);
  const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
  docs[0].getText("text").insert(0, "before; ");
  const ada = provider(docs[0], "ada", { host: link.host });
  await synced(ada);
  const ben = provider(docs[1], "ben");
  await textIs(docs[1], "before; ");
  report("second has what the first had before", { url: ben.url });

  docs[0].transact(() => docs[0].getText("text").insert(8, "from ada; "));
  await textIs(docs[1], "before; from ada; ");
  docs[1].getText("text").insert(0, "from ben; ");
  await textIs(docs[0], "from ben; before; from ada; ");
  report("converged");

  await namesAre(ada, ["ada", "ben"]);
  await namesAre(ben, ["ada", "ben"]);
  ben.awareness.setLocalStateField("cursor", 7);
  await until(ada.awareness, "change", () => ada.awareness.getStates().get(docs[1].clientID)?.cursor === 7);
  report("awareness passed");

  // Both edit while one of them is cut off.
  link.refuses = true;
  link.cut();
  await until(ada, "status", () => !ada.wsconnected);
  docs[0].getText("text").insert(0, "[offline] ");
  docs[1].getText("text").delete(0, "from ben; ".length);
  link.refuses = false;
  await Promise.all([0, 1].map((i) => textIs(docs[i], "[offline] before; from ada; ")));
  report("converged after the cut");

  ada.destroy();
  await namesAre(ben, ["ben"]);
  ben.destroy();
  report("all gone");

  const cyd = provider(docs[2], "cyd");
  await Promise.all([synced(cyd), textIs(docs[2], "[offline] before; from ada; ")]);
  report("late one has it all", { names: names(cyd) });

  // An update over the provider's 1 MB a message goes in pieces.
  const long = "0123456789".repeat(150_000);
  const dan = provider(docs[0], "dan");
  await synced(dan);
  docs[2].getText("long").insert(0, long);
  await until(docs[0], "update", () => docs[0].getText("long").length === long.length);
  report("long update", { same: docs[0].getText("long").toString() === long });
  cyd.destroy();
  dan.destroy();
  const eve = new Y.Doc();
  const last = provider(eve, "eve");
  await until(eve, "update", () => eve.getText("long").length === long.length);
  report("long update kept", { same: eve.getText("long").toString() === long });
  last.destroy();
});
