// Somebody operates a host that asks for a token, is stopped, and comes back.
import { LOOKS, keyboard, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options, report, scenario, toldToGoOn } from "./scenario.mjs";

const LONG = 150_000; // milliseconds

await scenario(async () => {
  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: LOOKS[0].width, height: 900 } });
  const page = await context.newPage();
  const problems = problemsOf(page);
  const told = []; // whatever might be kept of a request: its address
  context.on("request", (request) => told.push(request.url()));
  const { tabTo, type, unseen } = keyboard(page);
  const text = (selector) => page.locator(selector).innerText();
  const said = (wanted) => page.locator("#said", { hasText: wanted }).waitFor();
  const focus = () => page.evaluate(() => document.activeElement.id);

  await page.goto(options.admin);
  await said("The host asks for a token.");
  const asked = await focus();
  const blocks = await stumblingBlocks(page, "admin a token");
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await page.locator("#token-form .error:not(:empty)").waitFor();
  const refused = await text("#token-form .error");
  await page.keyboard.type(options.token);
  await page.keyboard.press("Enter");
  await said("The token is right.");
  const inside = await focus();
  await page.reload();
  await page.locator('a[data-party="main"]').waitFor();
  const other = await context.newPage();
  await other.goto(options.admin);
  await other.locator("#token:focus").waitFor();
  await other.close();
  report("asked", { asked, refused, inside, cookies: (await context.cookies()).length });

  await tabTo("#prefix");
  await page.keyboard.type("de");
  report("here");
  await toldToGoOn();
  await page.locator("#lost").waitFor();
  const lost = { why: await text("#lost-why"), said: await text("#said"), focus: await focus() };
  blocks.push(...(await stumblingBlocks(page, "admin lost")));
  await tabTo("#retry");
  await page.keyboard.press("Enter");
  await said("The host still cannot be reached.");
  await tabTo("#prefix");
  report("lost", lost);
  await toldToGoOn();
  await said("Connected again.");
  report("back", {
    focus: await focus(),
    typed: await page.locator("#prefix").inputValue(),
    lost: await page.locator("#lost:visible").count(),
  });

  // Whether nothing is asked for longer than the page lets pass between two rounds.
  async function isQuiet() {
    await page.waitForLoadState("networkidle");
    const before = told.length;
    await page.waitForTimeout(2_500);
    return told.length === before;
  }

  const hide = (isHidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await hide(true);
  const hidden = await isQuiet();
  const seen = page.waitForRequest("**/api/parties");
  await hide(false);
  await seen;

  await tabTo("#live");
  await page.keyboard.press("Space");
  await said("The page stays as it is until you refresh it.");
  const still = await isQuiet();
  await tabTo("#refresh");
  await page.keyboard.press("Enter");
  await said("Refreshed.");
  await tabTo("#forget");
  await page.keyboard.press("Enter");
  await said("The token is forgotten.");
  const forgotten = await focus();
  await page.reload();
  await page.locator("#token:focus").waitFor();
  report("forgotten", { hidden, still, forgotten });

  report("looked at", { blocks, unseen, problems, leaks: told.filter((url) => url.includes(options.token)) });
  await browser.close();
}, LONG);
