// Somebody operates a host, without a mouse, while others come and go.
import WS from "ws";

import { LOOKS, keyboard, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options, report, scenario } from "./scenario.mjs";

const LONG = 150_000; // milliseconds: four states of the page are examined in four looks each

// A client of a room, with what it hears.
async function join(id, room) {
  const socket = new WS(`ws://${options.host}/parties/main/${room}?_pk=${encodeURIComponent(id)}`);
  const heard = [];
  const ended = new Promise((resolve) => socket.on("close", (code, reason) => resolve([code, String(reason)])));
  socket.on("message", (data) => heard.push(String(data)));
  await new Promise((resolve) => socket.on("open", resolve));
  return { heard, ended, leave: () => socket.terminate() };
}

await scenario(async () => {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: LOOKS[0].width, height: 900 } });
  const problems = problemsOf(page);
  const outsiders = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`http://${options.host}/ops/host/`)) outsiders.push(request.url());
  });
  const { tabTo, type, unseen } = keyboard(page);
  const text = (selector) => page.locator(selector).innerText();
  const texts = (selector) => page.locator(selector).allInnerTexts();
  const said = (told) => page.locator("#said", { hasText: told }).waitFor();
  const focus = () =>
    page.evaluate(() => {
      const { id, ariaLabel, innerText } = document.activeElement;
      return id || ariaLabel || innerText;
    });
  const blocks = [];

  const [ada, ben] = [await join("ada", "general"), await join("<b>ben</b>\u202e", "general")];

  await page.goto(`http://${options.host}/ops/host/`);
  await page.locator("#rooms tbody tr").first().waitFor();
  blocks.push(...(await stumblingBlocks(page, "admin no room")));
  await page.keyboard.press("Tab");
  const skip = page.locator("a.skip:focus");
  report("opened", {
    skip: await skip.innerText(),
    at: (await skip.boundingBox()).y >= 0,
    title: await page.title(),
    parties: await texts("#parties tbody tr"),
    rooms: await texts("#rooms tbody th a"),
    live: await page.locator("#said").getAttribute("aria-live"),
  });

  await tabTo('a[data-room="general"]');
  await page.keyboard.press("Enter");
  await page.locator("#connections tbody tr").first().waitFor();
  report("chosen", {
    focus: await focus(),
    title: await page.title(),
    current: await texts("#rooms [aria-current]"),
    connections: await texts("#connections tbody th code"),
    count: await text("#count"),
    keys: await page.locator("#keys tbody tr").count(),
    alarm: await text("#alarm"),
  });
  blocks.push(...(await stumblingBlocks(page, "admin a room")));

  // others come and go
  await type("#key-prefix", "message:00");
  await page.locator("#keys tbody tr").nth(8).waitFor();
  await page.keyboard.press("Shift+Home");
  const eve = await join("eve", "general");
  await page.locator("#connections tbody tr").nth(2).waitFor();
  const selection = await page.evaluate(() => document.getSelection().toString());
  await tabTo('[aria-label="Close eve"]').catch(() => {}); // above the field, so once around
  const around = await focus();
  await page.evaluate(() => (window.focused = document.activeElement));
  const fay = await join("a-first", "general");
  await page.locator("#connections tbody tr").nth(3).waitFor();
  const isSame = await page.evaluate(() => window.focused === document.activeElement);
  eve.leave();
  await page.locator('[aria-label="Close eve"]').waitFor({ state: "detached" });
  report("others", { selection, around, isSame, handedOn: await focus() });
  fay.leave();

  await tabTo('[aria-label="Close ada"]');
  await page.keyboard.press("Enter");
  await said("Connection ada of general closed.");
  await page.locator('[aria-label="Close ada"]').waitFor({ state: "detached" });
  report("closed", { told: await ada.ended, rest: await texts("#connections tbody th code"), focus: await focus() });

  await tabTo("#ring");
  await page.keyboard.press("Enter");
  await said("The alarm of general rings.");
  await page.locator("#ring").waitFor({ state: "hidden" });
  while (ben.heard.length === 0) await page.waitForTimeout(10);
  report("rang", { heard: ben.heard, alarm: await text("#alarm"), focus: await focus() });

  await tabTo("#delete");
  await page.keyboard.press("Enter");
  await page.locator("#deletion[open]").waitFor();
  const asked = { focus: await focus(), what: await text("#deletion-what") };
  blocks.push(...(await stumblingBlocks(page, "admin a deletion")));
  await page.keyboard.press("Enter");
  await page.locator("#deletion .error:not(:empty)").waitFor();
  const refused = await text("#deletion .error");
  await page.keyboard.press("Escape");
  await page.locator("#deletion").waitFor({ state: "hidden" });
  const afterwards = await focus();
  await type("#key-prefix", "");
  await page.keyboard.press("Backspace");
  await page.locator("#keys tbody tr").nth(24).waitFor();
  const kept = await page.locator("#keys tbody tr").count();
  await tabTo("#delete");
  await page.keyboard.press("Enter");
  await page.keyboard.type("delete");
  await page.keyboard.press("Enter");
  await said("What general had stored is deleted.");
  await page.locator("#keys .nothing", { hasText: "Nothing is stored." }).waitFor();
  report("deleted", { ...asked, refused, afterwards, kept, open: await page.locator("#deletion[open]").count() });

  await tabTo('a[data-room^="%3Cscript"]');
  await page.keyboard.press("Enter");
  await page.locator("#keys tbody tr").first().waitFor();
  await tabTo("#delete");
  await page.keyboard.press("Enter");
  report("hostile", {
    room: new URL(page.url()).searchParams.get("room"),
    title: await text("#room-title"),
    keys: await texts("#keys tbody th"),
    asked: await text("#deletion-room"),
  });
  await page.keyboard.press("Escape");

  await tabTo('a[data-party="many"]');
  await page.keyboard.press("Enter");
  await said("Party many: 50 rooms on this page, and more.");
  const rows = page.locator("#rooms tbody tr");
  const list = async () => {
    const [first, last] = [rows.first(), rows.last()].map((row) => row.locator("a").innerText());
    return [await rows.count(), await first, await last];
  };
  const first = await list();
  await tabTo("#rooms .pages button:nth-of-type(3)");
  await page.keyboard.press("Enter");
  await said("Page 2 of the rooms.");
  const second = await list();
  const onward = await focus();
  await type("#prefix", "room-07");
  await said("50 rooms on this page, and more.");
  const found = await list();
  await page.keyboard.type("99");
  await said("1 room.");
  const one = await list();
  await page.keyboard.type("9");
  await said("No room has an id that begins with “room-07999”.");
  report("searched", { first, second, onward, found, one, search: new URL(page.url()).search, focus: await focus() });

  await page.goBack();
  await page.locator('a[data-room="help"]').waitFor();
  report("went back", { room: await text("#room-title code"), party: await text("#party") });

  report("looked at", { blocks, unseen, problems, outsiders });
  await browser.close();
}, LONG);
