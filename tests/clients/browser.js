// Chromium on the demo page, as a person would use it: browser.js URL START-OF-THE-SCREENSHOTS-NAMES
"use strict";

const assert = require("node:assert/strict");
const { chromium } = require("playwright-core");

const [url, screenshots] = process.argv.slice(2);
const LIMIT = { timeout: 20_000 };
// No chatter with the outside; the sandbox cannot be had by root, which is who runs CI.
const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Collects what the page complains about: errors in scripts, on the console, in requests. */
function complaints(page) {
  const found = [];
  page.on("pageerror", (error) => found.push(`script: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && found.push(`console: ${message.text()}`));
  page.on("requestfailed", (request) => found.push(`request: ${request.url()} ${request.failure()?.errorText}`));
  return found;
}

async function exchangesMessages(page) {
  await page.getByLabel("Message", { exact: true }).fill("hello from Chromium");
  await page.keyboard.press("Enter");
  await page.locator("#log li.received", { hasText: "hello from Chromium" }).waitFor(LIMIT);
  await page.getByRole("button", { name: "Send 16 KB" }).click();
  await page.locator("#log li.received", { hasText: "16384 bytes" }).waitFor(LIMIT);
}

/** The value beside a counter's name. */
async function counter(page, name) {
  const row = page.getByRole("row", { name });
  return Number((await row.getByRole("cell").first().innerText(LIMIT)).replace(/\D/g, ""));
}

/** The page shows the device's own count of what was exchanged. */
async function countersFollow(page) {
  const deadline = Date.now() + LIMIT.timeout;
  while ((await counter(page, "messages received")) < 2) {
    assert.ok(Date.now() < deadline, "the device counts no messages");
    await page.waitForTimeout(100);
  }
}

async function main(browser) {
  const page = await browser.newPage({ ignoreHTTPSErrors: true, viewport: { width: 1000, height: 760 }, colorScheme: "light" });
  const found = complaints(page);
  await page.goto(url, LIMIT);
  await page.locator("#state[data-state=open]").waitFor(LIMIT);
  assert.equal(await counter(page, "messages received"), 0);
  await exchangesMessages(page);
  await countersFollow(page);
  await page.screenshot({ path: `${screenshots}.png` });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: `${screenshots}-dark.png` });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: `${screenshots}-narrow.png` });
  assert.deepEqual(found, []);
}

async function run() {
  const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: [...sandbox, ...QUIET] });
  try {
    await main(browser);
  } finally {
    await browser.close();
  }
}

run();
