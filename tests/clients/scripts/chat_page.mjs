// Two people chat in Chromium, each in a browser profile of their own.
import { launch } from "./browser.mjs";
import { options, report, scenario, toldToGoOn } from "./scenario.mjs";

await scenario(async () => {
  const browser = await launch();
  const problems = [];

  async function visit(name) {
    const page = await (await browser.newContext()).newPage();
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("requestfailed", (request) => problems.push(`${request.url()}: ${request.failure().errorText}`));
    page.on("response", (response) => {
      if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`);
    });
    await page.goto(`http://${options.host}/?room=${encodeURIComponent(options.room)}&name=${name}`);
    await page.getByText("connected", { exact: true }).waitFor();
    return page;
  }
  const say = async (page, text) => {
    await page.getByLabel("message").fill(text);
    await page.getByRole("button", { name: "Say" }).click();
  };
  const shown = (page, text) => page.locator("li", { hasText: text }).waitFor();
  const lines = (page) => page.locator("li").allTextContents();

  const ada = await visit("ada");
  await shown(ada, "* ada joined: ada");
  const ben = await visit("ben");
  await shown(ada, "* ben joined: ada, ben");
  await say(ada, "hello <b>ben</b> 🎈");
  await shown(ben, "ada: hello <b>ben</b> 🎈");
  await say(ben, "hi ada");
  await shown(ada, "ben: hi ada");
  report("chatted", { ada: await lines(ada), ben: await lines(ben) });

  await ada.getByRole("button", { name: "Who is here?" }).click();
  await ada.locator("output:not(:empty)").waitFor();
  report("counted", { answer: JSON.parse(await ada.locator("output").textContent()) });

  await ben.reload();
  await shown(ada, "* ben left: ada");
  await shown(ben, "* ben joined: ada, ben");
  report("reloaded", { ben: await lines(ben) });

  report("before the restart", { problems });
  await toldToGoOn();
  await Promise.all([ada, ben].map((page) => page.getByText(/^closed \d+$/).waitFor()));
  report("closed", { status: await ada.locator("#status").textContent() });
  await Promise.all([ada, ben].map((page) => page.getByText("connected", { exact: true }).waitFor()));
  await say(ada, "still there?");
  await shown(ben, "ada: still there?");
  report("chatted after the restart", { problems: problems.filter((text) => !text.includes("ERR_CONNECTION")) });
  await browser.close();
});
