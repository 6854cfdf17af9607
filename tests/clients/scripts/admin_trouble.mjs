// What somebody who operates a host sees of other nodes, and when things go wrong.
import { LOOKS, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options, report, scenario } from "./scenario.mjs";

const LONG = 120_000; // milliseconds

await scenario(async () => {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: LOOKS[0].width, height: 900 } });
  const problems = problemsOf(page);
  const text = (selector) => page.locator(selector).innerText();
  const said = (told) => page.locator("#said", { hasText: told }).waitFor();
  const base = `http://${options.host}/ops`;

  await page.goto(`${base}/node/`);
  await page.locator("#rooms tbody tr").nth(2).waitFor();
  const rooms = await page.locator("#rooms tbody tr").allInnerTexts();
  const told = {};
  for (const room of ["asleep", "far%20away", "here"]) {
    await page.locator(`a[data-room="${room}"]`).click();
    await page.locator("#room-title", { hasText: room }).waitFor();
    await page.locator("#chosen:not([hidden])").waitFor();
    told[room] = {
      whereabouts: await page.locator("#whereabouts").textContent(),
      actions: await page.locator("#actions button:visible").allInnerTexts(),
      parts: await page.locator("#chosen h3:visible").allInnerTexts(),
    };
  }
  await page.locator('a[data-room="far%20away"]').click();
  await page.locator("#node", { hasText: "127.0.0.1:2" }).waitFor();
  const blocks = await stumblingBlocks(page, "admin another node");
  report("nodes", { rooms, told });

  const ahead = () => new Date(Date.now() + 7_200_000).toUTCString();
  await page.route("**/api/**", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), date: ahead() } });
  });
  await page.locator("#rooms tbody time", { hasText: "2 h ago" }).waitFor();
  await page.unroute("**/api/**");
  report("clocks compared");

  await page.goto(`${base}/host/?party=main&room=general`);
  await page.locator("#ring:visible").waitFor();
  await page.locator("#live").uncheck();
  await said("The page stays as it is");
  await fetch(`${base}/host/api/parties/main/room/delete?room=general`, { method: "POST" });
  await page.locator("#ring").click();
  await page.locator("#room > .error:not(:empty)").waitFor();
  const objection = await text("#room > .error");
  await page.locator("#live").check();
  await page.locator("#room > .error").waitFor({ state: "hidden" });
  report("refused", { objection });

  const api = "**/api/**";
  const listing = "**/rooms?**";
  await page.route(listing, (route) => route.fulfill({ status: 503, json: { error: "the disk is gone" } }));
  await page.locator("#rooms .error:not(:empty)").waitFor();
  const storage = { told: await text("#rooms > .error"), rows: await page.locator("#rooms tbody tr").count() };
  await page.unroute(listing);
  await page.locator("#rooms > .error").waitFor({ state: "hidden" });
  report("storage failed", storage);

  const others = {};
  for (const [name, answer] of Object.entries({
    "signed out": { status: 401, body: "sign in" },
    "sent to a login": { status: 302, headers: { Location: `http://${options.host}/login` } },
    "a login page": { status: 200, contentType: "text/html", body: "<form>" },
    "a proxy": { status: 502, contentType: "text/html", body: "<h1>Bad gateway</h1>" },
    "cut off": { status: 200, contentType: "application/json", body: '[{"na' },
  })) {
    await page.route(api, (route) => route.fulfill(answer));
    await page.locator("#lost:visible").waitFor();
    others[name] = (await text("#lost-why")).replace(/ What this page shows.*/, "");
    await page.unroute(api);
    await page.locator("#retry").click();
    await said("Connected again.");
  }
  report("others answer", others);

  await page.goto(`${base}/host/?party=none&room=x`);
  await page.locator("#rooms > .error:not(:empty)").waitFor();
  report("no such party", { rooms: await text("#rooms > .error"), room: await text("#room > .error") });
  const expected = /status of (302|401|404|409|502|503)/;
  report("looked at", { blocks, problems: problems.filter((problem) => !expected.test(problem)) });
  await browser.close();
}, LONG);
