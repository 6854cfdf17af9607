// Two people in the chat of the examples; a third comes late.
import { visitors } from "./example.mjs";
import { report, scenario, toldToGoOn } from "./scenario.mjs";

await scenario(async () => {
  const { visit, connected, form, looked, close } = await visitors("chat");
  const said = (page) => page.locator("#messages li").evaluateAll((lines) =>
    lines.map((line) => `${line.querySelector("b").textContent}: ${line.lastChild.textContent.trim()}`));
  const heard = (page, text) => page.locator("#messages li", { hasText: text }).waitFor();
  const here = (page, text) => page.getByText(text, { exact: true }).waitFor();
  const say = async (page, text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
  };

  const ada = await visit("ada");
  const ben = await visit("ben");
  await here(ada, "here: ada (you), ben");
  await say(ada, "hello <b>ben</b> 🎈");
  await heard(ben, "hello <b>ben</b> 🎈");
  await say(ben, "hi");
  await heard(ada, "hi");
  report("chatted", { ada: await said(ada), ben: await said(ben), form: await form(ada) });

  const eve = await visit("eve");
  await heard(eve, "hi");
  await here(ada, "here: ada (you), ben, eve");
  report("came late", { eve: await said(eve) });
  await eve.close();
  await here(ada, "here: ada (you), ben");

  report("before the restart", {});
  await toldToGoOn();
  await Promise.all([connected(ada), connected(ben)]);
  await say(ben, "still there?");
  await heard(ada, "still there?");
  await ada.reload();
  await heard(ada, "still there?");
  report("after the restart", { ada: await said(ada), ben: await said(ben) });
  report("looked at", await looked(ada));
  await close();
});
