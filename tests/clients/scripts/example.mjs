// What the scripts of the examples share: who visits a page of an example, each in a browser profile of their own.
import { LOOKS, launch, problemsOf, stumblingBlocks } from "./browser.mjs";
import { options } from "./scenario.mjs";

export function pageOf(example, name) {
  const query = new URLSearchParams({ room: options.room, name, form: options.form });
  return `http://${options.host}/${example}/?${query}`;
}

export async function visitors(example) {
  const browser = await launch();
  const problems = [];
  const outsiders = [];

  async function visit(name) {
    const viewport = { width: LOOKS[0].width, height: 900 };
    const page = await (await browser.newContext({ viewport })).newPage();
    problems.push(problemsOf(page));
    page.on("request", (request) => {
      if (!request.url().startsWith(`http://${options.host}/`)) outsiders.push(request.url());
    });
    await page.goto(pageOf(example, name));
    await connected(page);
    return page;
  }
  const connected = (page) => page.locator("#status", { hasText: /^connected as/ }).waitFor();
  const form = (page) => page.locator("#forms [aria-current]").textContent();

  // What a person would stumble over on a page, what went wrong on all of them, and who else was asked for something.
  async function looked(page) {
    const blocks = await stumblingBlocks(page, `${example} ${options.form}`);
    return { blocks, problems: problems.flat(), outsiders };
  }

  return { visit, connected, form, looked, close: () => browser.close() };
}
