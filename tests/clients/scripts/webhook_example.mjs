// Somebody watches what a webhook gets, from a page, and from others.
import { visitors } from "./example.mjs";
import { options, report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const { visit, form, looked, close } = await visitors("webhook");
  const events = (page) => page.locator("#events pre").allTextContents();
  const shows = (page, text) => page.locator("#events li", { hasText: text }).first().waitFor();

  const ada = await visit("ada");
  const ben = await visit("ben");
  await ada.getByRole("button", { name: "Post it" }).click();
  await ada.getByText("accepted").waitFor();
  await shows(ben, '"opened"');
  report("posted from the page", { ben: (await events(ben)).map(JSON.parse), form: await form(ada) });

  const address = await ada.locator("#address").textContent();
  const post = (number) => fetch(address, {
    method: "POST",
    headers: { "user-agent": "a shop" },
    body: JSON.stringify({ order: number }),
  });
  const answers = [];
  for (let number = 0; number < 12; number += 1) {
    const answer = await post(number);
    answers.push(answer.status);
    if (answer.status === 429) report("limited", { wait: Number(answer.headers.get("retry-after")) });
  }
  await shows(ada, '"order": 9');
  report("posted by a shop", { answers, address: address.replace(options.host, "host") });

  await ada.reload();
  await shows(ada, '"order": 9');
  report("remembered", { events: (await events(ada)).length });
  report("looked at", await looked(ada));
  await close();
});
