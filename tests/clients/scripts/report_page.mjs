// Somebody reads a report of `pkcompat verify --html`, with scripts disabled and without a network.
import { LOOKS, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const browser = await launch();
  const viewport = { width: LOOKS[0].width, height: 900 };
  const context = await browser.newContext({ javaScriptEnabled: false, offline: true, viewport });
  const page = await context.newPage();
  const problems = problemsOf(page);
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(options.url);

  const shown = () => page.locator(".step:visible").evaluateAll((steps) => steps.map(({ id }) => id));
  const before = await shown();
  const filter = page.locator("#only-differences");
  let filtered = null;
  if (await filter.count()) {
    await filter.focus();
    await page.keyboard.press("Space");
    filtered = await shown();
    await page.keyboard.press("Space");
  }
  const examined = await browser.newPage({ viewport }); // the examiner itself is a script
  await examined.goto(options.url);
  report("read", {
    title: await page.title(),
    verdict: await page.locator(".verdict").innerText(),
    headings: await page.locator("h2").allInnerTexts(),
    steps: before,
    filtered,
    marked: await page.locator("mark").allInnerTexts(),
    missed: await page.locator(".lines code").allInnerTexts(),
    requests,
    blocks: await stumblingBlocks(examined, options.where),
    problems,
  });
  await browser.close();
});
