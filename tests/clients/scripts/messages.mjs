// Text and binary, small and large, in order.
import { createHash } from "node:crypto";

import { Inbox, partySocket, report, scenario } from "./scenario.mjs";

const digest = (data) => createHash("sha256").update(data).digest("hex");

await scenario(async () => {
  const socket = await partySocket({ room: "messages" });
  socket.binaryType = "arraybuffer";
  const inbox = new Inbox(socket);
  await inbox.json();

  for (const text of ["", "héllo wörld 🎈", "x".repeat(500_000)]) {
    socket.send(text);
    report("text", { same: (await inbox.message()) === "echo " + text });
  }

  const large = Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * 31) % 251));
  for (const bytes of [Uint8Array.of(), Uint8Array.of(0, 1, 128, 255), large.buffer, new DataView(large.buffer, 5, 7)]) {
    const sent = ArrayBuffer.isView(bytes)
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : Buffer.from(bytes);
    socket.send(bytes);
    const back = await inbox.message();
    const same = back instanceof ArrayBuffer && digest(Buffer.from(back).reverse()) === digest(sent);
    report("binary", { length: sent.length, same });
  }

  for (let i = 0; i < 200; i++) socket.send(i % 2 ? String(i) : Uint8Array.of(i));
  const burst = [];
  for (let i = 0; i < 200; i++) {
    const back = await inbox.message();
    burst.push(typeof back === "string" ? Number(back.slice(5)) : new Uint8Array(back)[0]);
  }
  report("burst", { inOrder: burst.every((value, i) => value === i) });
});
