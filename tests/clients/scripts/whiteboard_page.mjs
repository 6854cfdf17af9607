// Two people draw on one whiteboard in Chromium, one with the mouse, one by keyboard.
import { LOOKS, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { pageOf } from "./example.mjs";
import { options, report, scenario, toldToGoOn } from "./scenario.mjs";

await scenario(async () => {
  const browser = await launch();
  const problems = [];
  const outsiders = [];
  const all = [];

  async function visit(name) {
    const page = await browser.newPage({ viewport: { width: LOOKS[0].width, height: 900 } });
    all.push(problemsOf(page));
    page.on("request", (request) => {
      if (!request.url().startsWith(`http://${options.host}/`)) outsiders.push(request.url());
    });
    await page.goto(pageOf("whiteboard", name));
    await connected(page);
    return page;
  }
  const connected = (page) => page.locator("#status", { hasText: /^connected as/ }).waitFor();
  const strokes = (page) =>
    page.locator("#strokes polyline").evaluateAll((lines) =>
      lines.map((line) => `${line.getAttribute("class")} ${line.getAttribute("points")}`));
  // The strokes, once there are so many.
  async function seen(page, count) {
    await page.waitForFunction((wanted) => document.querySelectorAll("#strokes polyline").length === wanted, count);
    return strokes(page);
  }
  // The place in the window of a point of the board.
  async function place(page, [x, y]) {
    const box = await page.locator("#board").boundingBox();
    return [box.x + (x / 1600) * box.width, box.y + (y / 1000) * box.height];
  }
  async function drag(page, [first, ...others]) {
    await page.mouse.move(...(await place(page, first)));
    await page.mouse.down();
    for (const point of others) await page.mouse.move(...(await place(page, point)));
  }

  const ada = await visit("ada");
  const ben = await visit("ben");
  await ada.getByLabel("Red").check();
  await drag(ada, [[400, 300], [800, 300], [800, 600]]);
  const cursor = ben.locator("#cursors > *");
  await ben.locator('#cursors > [style*="top: 60%"]').waitFor();
  const before = await strokes(ben);
  await ada.mouse.up();
  report("drawn with the mouse", {
    before,
    seen: await seen(ben, 1),
    cursor: await cursor.evaluate(({ textContent, style }) => [textContent, style.left, style.top]),
    said: await ben.locator("#said").innerText(),
  });

  await ben.locator("#board").focus();
  for (const key of ["4", "Space", "Shift+ArrowRight", "ArrowDown", "Space"]) await ben.keyboard.press(key);
  report("drawn by keyboard", { seen: await seen(ada, 2) });
  for (const key of ["Space", "ArrowDown", "Escape"]) await ben.keyboard.press(key); // which nobody gets

  await ada.getByLabel("Green").check();
  const dot = async () => ada.mouse.click(...(await place(ada, [160, 100])));
  await dot();
  report("a touch", { seen: await seen(ben, 3) });
  await ada.keyboard.press("Control+z");
  report("taken back", { seen: await seen(ben, 2) });

  await ben.reload();
  await connected(ben);
  report("came late", { seen: await seen(ben, 2) });
  const undo = ada.getByRole("button", { name: "Undo" });
  await undo.click();
  report("taken back from who came late", { seen: await seen(ben, 1) });

  await ada.mouse.move(...(await place(ada, [1200, 250]))); // for the pictures
  await cursor.waitFor();
  const blocks = await stumblingBlocks(ben, `whiteboard ${options.room}`);
  await ben.getByRole("button", { name: "Clear" }).click();
  blocks.push(...(await stumblingBlocks(ben, `whiteboard question ${options.room}`)));
  await ben.getByRole("button", { name: "Keep it" }).click();
  problems.push(...all.flat());
  report("looked at", { blocks, problems, outsiders });

  await toldToGoOn();
  await ada.getByText("not connected, trying again").waitFor();
  await dot();
  await seen(ada, 2);
  report("on their own");
  await Promise.all([ada, ben].map(connected));
  report("together again", { ada: await seen(ada, 2), ben: await seen(ben, 2) });

  await ben.getByRole("button", { name: "Clear" }).click();
  await ben.keyboard.press("Enter"); // on what has the focus: Keep it
  await ben.getByRole("dialog").waitFor({ state: "hidden" });
  report("thought better of it", { seen: await seen(ada, 2) });
  await ben.getByRole("button", { name: "Clear" }).click();
  await ben.getByRole("button", { name: "Clear it" }).click();
  report("cleared", { seen: await seen(ada, 0), said: await ada.locator("#said").innerText() });

  const party = `ws://${options.host}/parties/${options.form === "object" ? "object" : "main"}/${options.room}`;
  await ben.evaluate((url) => {
    const busy = new WebSocket(url);
    busy.onopen = () => { for (let number = 0; number < 500; number += 1) busy.send(`draw black ${number},900`); };
  }, party);
  await seen(ada, 500);
  await dot();
  await ada.locator("#said", { hasText: "full" }).waitFor();
  report("full", { strokes: (await strokes(ada)).length, said: await ada.locator("#said").innerText() });
  await browser.close();
});
