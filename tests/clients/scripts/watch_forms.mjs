// Somebody plays a traffic file on the page of `pkcompat watch`, and uses its other forms.
import { launch, problemsOf } from "./browser.mjs";
import { options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const browser = await launch();
  const page = await browser.newPage();
  const problems = problemsOf(page);
  const text = (selector) => page.locator(selector).innerText();
  const step = (number) => page.locator(`#step-${number}:has(.sign:text("✓"))`);

  await page.goto(`http://${options.host}/`);
  await page.locator("#script:not([hidden])").waitFor();
  const next = await text("#script p:first-child");
  await page.getByRole("button", { name: "Next step" }).click();
  await step(1).waitFor();
  await page.getByRole("button", { name: "Play the rest" }).click();
  await page.locator("#script").waitFor({ state: "hidden" });
  await step(4).waitFor();
  report("played", { next, steps: await page.locator(".step").count() });

  const http = page.getByRole("form", { name: "HTTP request" });
  await page.getByText("HTTP request", { exact: true }).click();
  await http.getByLabel("Method").fill("POST");
  await http.getByLabel("Path").fill("/party/tea/x?y=1");
  await http.getByLabel("Headers").fill("no colon");
  await http.getByLabel("Body").fill('{"a": 1}');
  await http.getByRole("button").click();
  const refused = await http.locator(".error:not(:empty)").innerText();
  await http.getByLabel("Headers").fill("x-a: 1\nx-b:2");
  await http.getByRole("button").click();
  await step(5).waitFor();
  report("requested", { refused, error: await http.locator(".error").textContent(), step: await text("#step-5 .told") });

  const talk = page.getByRole("form", { name: "Send to both" });
  await talk.getByLabel("Message").fill("x");
  await talk.getByRole("button", { name: "Send" }).click();
  await talk.locator(".error", { hasText: "ada is not connected any more" }).waitFor();
  await talk.getByLabel("Client").selectOption("ben");
  await talk.getByLabel("JSON").check();
  await talk.getByLabel("Message").fill("{");
  await talk.getByRole("button", { name: "Send" }).click();
  const noJson = await talk.locator(".error:not(:empty)").innerText();
  await talk.getByLabel("Binary").check();
  await talk.getByLabel("Message").fill("AP8=");
  await talk.getByRole("button", { name: "Send" }).click();
  await step(6).waitFor();
  report("sent", { noJson: noJson.length > 0, step: await text("#step-6 .told") });

  await page.getByText("Let time pass", { exact: true }).click();
  await page.getByLabel("Seconds").fill("0,2");
  await page.getByRole("button", { name: "Wait" }).click();
  await step(7).waitFor();
  await page.getByText("What the forms printed and logged").click();
  report("waited", { step: await text("#step-7 .told"), output: await text("#output") });

  await page.getByRole("button", { name: "Play again" }).click();
  await page.locator("#summary", { hasText: "7 steps" }).waitFor();
  await step(7).waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator("#nothing:not([hidden])").waitFor();
  await page.locator("#said", { hasText: "Both forms are running." }).waitFor();
  const nextAgain = await text("#script p:first-child");
  report("cleared", { steps: await page.locator(".step").count(), next: nextAgain, problems });
  await browser.close();
});
