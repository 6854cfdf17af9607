// Peers on one document, with y-partykit's provider.
import YPartyKitProvider from "y-partykit/provider";
import WS from "ws";

import { options } from "./scenario.mjs";

export function provider(doc, name, settings = {}) {
  const made = new YPartyKitProvider(settings.host ?? options.host, "plans", doc, {
    party: "document",
    connectionId: name,
    WebSocketPolyfill: WS,
    maxBackoffTime: 100,
    ...settings,
  });
  made.awareness.setLocalState({ name });
  return made;
}

// Resolves once it is so; looks whenever the emitter emits.
export async function until(emitter, event, isSo) {
  while (!isSo()) await new Promise((resolve) => emitter.once(event, resolve));
}

export const synced = (made) => until(made, "sync", () => made.synced);

export const textOf = (doc) => doc.getText("text").toString();

export const textIs = (doc, text) => until(doc, "update", () => textOf(doc) === text);

export const names = (made) => [...made.awareness.getStates().values()].map((state) => state.name).sort();

export const namesAre = (made, wanted) =>
  until(made.awareness, "change", () => names(made).join() === wanted.join());
