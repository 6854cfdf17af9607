// What the scripts that drive Chromium share.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

import { options } from "./scenario.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-proxy-server",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
const MOST_TABS = 100;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const LOOKS = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 640 }, // as 1280 at 200 %
  { colorScheme: "dark", width: 320 },
];

export function launch() {
  return chromium.launch({ executablePath: options.chromium, headless: true, args: FLAGS });
}

// What goes wrong on a page: exceptions, what the console complains of, requests that fail or leave for elsewhere.
export function problemsOf(page) {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("dialog", (dialog) => problems.push(`a dialog: ${dialog.message()}`));
  return problems;
}

// Goes through a page with the keyboard alone; `unseen` is what had the focus, and did not show it.
export function keyboard(page) {
  const unseen = [];

  // Press Tab until what a selector names has the focus.
  async function tabTo(selector) {
    for (let pressed = 0; pressed < MOST_TABS; pressed += 1) {
      await page.keyboard.press("Tab");
      const { found, shown, html } = await page.evaluate((wanted) => {
        const focused = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(focused);
        const isShown = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
        return { found: focused.matches(wanted), shown: isShown, html: focused.outerHTML.slice(0, 80) };
      }, selector);
      if (!shown && !html.startsWith("<body")) unseen.push(html);
      if (found) return;
    }
    throw new Error(`no number of tabs leads to ${selector}`);
  }

  async function type(selector, written) {
    await tabTo(selector);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(written);
  }

  return { tabTo, type, unseen };
}

// What a person with this eyesight, window and colour scheme would stumble over, by look.
export async function stumblingBlocks(page, where) {
  const blocks = [];
  await page.evaluate(AXE); // past the page's own policy, which lets no script in
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const look = `${where}, ${colorScheme}, ${width} px`;
    if (options.screenshots) {
      const path = `${options.screenshots}/${look.replaceAll(/[^a-z0-9]+/g, "-")}.png`;
      await page.screenshot({ path, fullPage: true });
    }
    const { violations, passes } = await page.evaluate(() => axe.run());
    if (!passes.some(({ id }) => id === "color-contrast")) blocks.push(`${look}: the contrast was not examined`);
    for (const { id, nodes } of violations) {
      blocks.push(`${look}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) blocks.push(`${look}: ${wide} px wide`);
  }
  await page.setViewportSize({ width: LOOKS[0].width, height: 900 });
  await page.emulateMedia({ colorScheme: LOOKS[0].colorScheme });
  return blocks;
}
