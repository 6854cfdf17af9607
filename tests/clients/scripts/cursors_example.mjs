// Two people point at things, one with the mouse, one by keyboard.
import { visitors } from "./example.mjs";
import { report, scenario } from "./scenario.mjs";

await scenario(async () => {
  const { visit, form, looked, close } = await visitors("cursors");
  const cursor = (page) => page.locator("#cursors > *");
  const point = async (page, x, y) => {
    const box = await page.locator("#field").boundingBox();
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  };

  const ada = await visit("ada");
  const ben = await visit("ben");
  await ada.getByText("1 other here").waitFor();
  await point(ada, 0.1, 0.1);
  await point(ada, 0.5, 0.25);
  await ben.locator('#cursors > [style*="left: 50"]').waitFor();
  report("pointed", { name: await cursor(ben).textContent(), form: await form(ada) });

  await ben.locator("#field").focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await ben.keyboard.press(key);
  await ada.locator('#cursors > [style*="left: 55"][style*="top: 52.5"]').waitFor();
  report("pointed by keyboard", { name: await cursor(ada).textContent() });

  const eve = await visit("eve");
  await eve.getByText("2 others here").waitFor();
  report("came late", { seen: (await cursor(eve).allTextContents()).sort() });
  report("looked at", await looked(eve));

  await ada.mouse.move(1, 1);
  await cursor(ben).filter({ hasText: "ada" }).waitFor({ state: "hidden" });
  await ada.close();
  await eve.close();
  await ben.getByText("nobody else is here").waitFor();
  report("left", { cursors: await cursor(ben).count() });
  await close();
});
