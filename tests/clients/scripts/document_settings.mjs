// How y-partykit's provider names its room and itself.
import YPartyKitProvider from "y-partykit/provider";
import WS from "ws";
import * as Y from "yjs";

import { Inbox, options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  for (const settings of options.providers) {
    const made = new YPartyKitProvider(options.host, "settings", new Y.Doc(), {
      WebSocketPolyfill: WS,
      connect: false,
      ...settings,
    });
    made.connect();
    await new Promise((resolve) => made.once("status", resolve)); // connecting: the socket is there
    const server = await new Inbox(made.ws).json();
    report("connected", { server, id: made.id });
    made.destroy();
  }
});
