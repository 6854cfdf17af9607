// Two people vote; the poll closes by itself.
import { visitors } from "./example.mjs";
import { report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const { visit, form, looked, close } = await visitors("poll");
  const options = (page) => page.locator("#options button").evaluateAll((buttons) =>
    buttons.map((button) => [...button.querySelectorAll("span:not(.bar)")].map((span) => span.textContent).join(" ")));
  const shows = (page, option, count) =>
    page.locator("#options button", { hasText: option }).filter({ hasText: new RegExp(`${count}$`) }).waitFor();
  const ask = async (page, question, choices, seconds) => {
    await page.getByLabel("Question").fill(question);
    await page.getByLabel("Options, a line each").fill(choices.join("\n"));
    await page.getByLabel("Seconds").fill(String(seconds));
    await page.getByRole("button", { name: "Open it" }).click();
  };

  const ada = await visit("ada");
  const ben = await visit("ben");
  await ask(ada, "Tea or coffee?", ["Tea", "Coffee"], 600);
  await ben.getByRole("heading", { name: "Tea or coffee?" }).waitFor();
  await ben.getByText(/^closes in \d+ s$/).waitFor();
  await ada.getByRole("button", { name: /^Tea/ }).click();
  await shows(ben, "Tea", 1);
  await ben.getByRole("button", { name: /^Tea/ }).focus();
  await ben.keyboard.press("Enter");
  await shows(ada, "Tea", 2);
  await ben.getByRole("button", { name: /^Coffee/ }).click(); // the last vote counts
  await shows(ada, "Coffee", 1);
  report("voted", { ada: await options(ada), ben: await options(ben), form: await form(ada) });

  await ben.reload();
  await shows(ben, "Coffee", 1);
  const pressed = ben.locator('#options [aria-pressed="true"]');
  await ben.getByRole("button", { name: /^Coffee/ }).click();
  await shows(ada, "Coffee", 1);
  report("voted again after a reload", { options: await options(ada), pressed: await pressed.count() });
  report("looked at", await looked(ben));

  await ask(ada, "Quick?", ["Yes", "No"], 1);
  await ben.getByRole("heading", { name: "Quick?" }).waitFor();
  await ben.getByText("closed", { exact: true }).waitFor();
  report("closed by itself", { disabled: await ben.locator("#options button:disabled").count() });
  await close();
});
