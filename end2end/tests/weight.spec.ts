// What a page weighs for somebody who comes for the first time: every byte that the network carried, headers too.
import { type Browser, expect, type Page, test } from "@playwright/test";
import { signIn } from "./help";

const PLAIN = ["", "/dashboard", "/projects/wells/dashboard", "/projects/wells/evidence", "/projects/wells/budget", "/projects/wells/framework", "/projects/wells/framework/import", "/projects/wells/budget/import", "/projects/wells/targets/import", "/projects/wells/learning", "/projects/wells/import/disability", "/projects", "/projects/wells", "/projects/wells/tracking", "/projects/wells/review", "/projects/wells/reports",
  "/projects/wells/setup", "/projects/wells/bin", "/jobs", "/audit", "/admin/donor-links", "/admin/roles"];

/** Opens a path with nothing in the cache, and counts. */
async function weigh(page: Page, path: string): Promise<{ bytes: number; urls: string[] }> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.clearBrowserCache");
  const urls: string[] = [];
  let bytes = 0;
  client.on("Network.requestWillBeSent", ({ request }) => urls.push(request.url));
  client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(path, { waitUntil: "networkidle" });
  await client.detach();
  return { bytes, urls };
}

/** A window in which somebody is signed in. */
async function somebody(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await signIn(page, "pm@amani.test");
  return page;
}

test("a page without an island sends no WebAssembly and at most 30 kB", async ({ browser }) => {
  const page = await somebody(browser);
  for (const path of ["/login", "/verify", ...PLAIN.map((path) => `/o/amani-wash${path}`)]) {
    const { bytes, urls } = await weigh(page, path);
    expect(bytes, path).toBeGreaterThan(1_000);
    expect(bytes, path).toBeLessThanOrEqual(30_000);
    // the one script is the palette of the search, which opens over every page
    expect(urls.filter((url) => /\.(wasm|js)(\?|$)/.test(url) && !/\/palette-[0-9a-f]+\.js$/.test(url)), path).toEqual([]);
  }
});

test("the page with an island takes at most 150 kB in all", async ({ browser }) => {
  const page = await somebody(browser);
  const { bytes, urls } = await weigh(page, "/o/amani-wash/projects/wells/entry");
  expect(urls.some((url) => url.endsWith(".wasm"))).toBe(true);
  expect(bytes).toBeLessThanOrEqual(150_000);
});
