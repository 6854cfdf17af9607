// Somebody watches both forms of the chat, without a mouse.
import { LOOKS, keyboard, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options, report, scenario, toldToGoOn } from "./scenario.mjs";

const LONG = 150_000; // milliseconds: four states of the page are examined in four looks each

await scenario(async () => {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: LOOKS[0].width, height: 900 } });
  const problems = problemsOf(page);
  const outsiders = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(`http://${options.host}/`)) outsiders.push(request.url());
  });

  const text = (selector) => page.locator(selector).innerText();
  const said = (told) => page.locator("#said", { hasText: told }).waitFor();
  const { tabTo, type, unseen } = keyboard(page);

  await page.goto(`http://${options.host}/`);
  await said("Both forms are running.");
  const blocks = await stumblingBlocks(page, "watch nothing yet");

  await page.keyboard.press("Tab");
  const skip = page.locator("a.skip:focus");
  report("opened", { skip: await skip.innerText(), at: (await skip.boundingBox()).y >= 0, title: await page.title() });

  for (const [number, name] of [[1, "ada"], [2, "ben"]]) {
    await type("#connect-client", name);
    await type("#connect-path", `/party/tea?name=${name}`);
    await page.keyboard.press("Enter");
    await said(`Step ${number} is the same in both forms.`);
  }
  await tabTo("#talk-client");
  await page.keyboard.press("a");
  await type("#talk-message", "/to ben <script>alert(1)</script>\u202e");
  await page.keyboard.press("Control+Enter");
  await said("Step 3 differs: what ben receives.");
  report("found", {
    heading: await text("#step-3 h3"),
    row: await text("#step-3 tbody th"),
    cells: await page.locator("#step-3 td").allInnerTexts(),
    marked: await page.locator("#step-3 mark").allInnerTexts(),
    summary: await text("#summary"),
    clients: await page.locator("#clients li").allInnerTexts(),
    live: await page.locator("#said").getAttribute("aria-live"),
    title: await page.title(),
  });

  await tabTo("#summary a");
  await page.keyboard.press("Enter");
  report("followed", { hash: new URL(page.url()).hash });
  await tabTo("#only-differences");
  await page.keyboard.press("Space");
  report("filtered", { steps: await page.locator(".step:visible").evaluateAll((steps) => steps.map(({ id }) => id)) });
  await page.keyboard.press("Space");
  blocks.push(...(await stumblingBlocks(page, "watch a difference")));

  await page.evaluate(() => document.activeElement.blur());
  await tabTo("#talk summary");
  await page.keyboard.press("Enter");
  await type("#close-code", "1005");
  await tabTo("#close");
  await page.keyboard.press("Enter");
  await page.locator("#talk .error:not(:empty)").waitFor();
  const refused = await text("#talk .error");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("4000");
  await tabTo("#close");
  await page.keyboard.press("Enter");
  await said("Step 4 is the same in both forms.");
  await tabTo("#reconnect");
  await page.keyboard.press("Enter");
  await said("Step 5 is the same in both forms.");
  report("left and came back", { refused, heading: await text("#step-4 h3"), again: await text("#step-5 h3") });

  await tabTo('a[href="traffic.json"]');
  const downloading = page.waitForEvent("download");
  await page.keyboard.press("Enter");
  await (await downloading).saveAs(options.download);
  await page.reload();
  await page.locator("#step-5").waitFor();
  report("saved", { steps: await page.locator(".step").count(), said: await text("#said") });

  await toldToGoOn();
  await said("5 steps are played again.");
  await page.locator("#summary", { hasText: "5 steps, all alike" }).waitFor();
  blocks.push(...(await stumblingBlocks(page, "watch all alike")));
  report("played again", { summary: await text("#summary"), differing: await page.locator(".differs").count() });

  await toldToGoOn();
  await page.locator("#problem:not([hidden])").waitFor();
  report("broken", { problem: await text("#problem"), steps: await page.locator(".step").count() });
  blocks.push(...(await stumblingBlocks(page, "watch a problem")));

  report("looked at", { blocks, unseen, problems: [...problems], outsiders });
  await toldToGoOn();
  await said("The command has ended, or cannot be reached.");
  report("ended");
  await browser.close();
}, LONG);
