// Chromium on the demo page, as a person would use it: browser.js URL FOLDER-FOR-SCREENSHOTS
"use strict";

const assert = require("node:assert/strict");
const { join } = require("node:path");
const { chromium } = require("playwright-core");

const [url, folder] = process.argv.slice(2);
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

/** The table of counters as name -> number. */
async function counters(page) {
  const rows = await page.locator("#counters tr").allInnerTexts();
  return new Map(rows.map((row) => row.split("\t")).map(([name, value]) => [name, Number(value.replace(/\D/g, ""))]));
}

async function countersMove(page, before) {
  await page.locator("#counters tr").first().waitFor(LIMIT);
  const deadline = Date.now() + LIMIT.timeout;
  while (Date.now() < deadline) {
    for (const [name, value] of await counters(page)) {
      if (value > (before.get(name) ?? Infinity)) return name;
    }
    await page.waitForTimeout(100);
  }
  assert.fail("no counter moved");
}

async function main(browser) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 760 }, colorScheme: "light" });
  const found = complaints(page);
  await page.goto(url, LIMIT);
  await page.locator("#state[data-state=open]").waitFor(LIMIT);
  await page.locator("#counters tr").first().waitFor(LIMIT);
  const before = await counters(page);
  await exchangesMessages(page);
  console.log(`counter that moved: ${await countersMove(page, before)}`);
  await page.screenshot({ path: join(folder, "demo.png") });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(folder, "demo-dark.png") });
  await page.setViewportSize({ width: 390, height: 800 });
  await page.screenshot({ path: join(folder, "demo-narrow.png") });
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
