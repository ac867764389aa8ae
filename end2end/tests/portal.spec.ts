// A donor's visit: read on a phone and at a desk, in both languages, light and dark, printed and on paper.
import { type Browser, expect, type Page, test, type TestInfo } from "@playwright/test";
import { another, approveReport, faults, signIn, watchConsole, withScript, writeReport } from "./help";

const SIZES = [{ width: 360, height: 800 }, { width: 1280, height: 900 }];

/** Two people publish a report of the wells, and one of them gives somebody a link to it. */
async function share(meal: Page, pm: Page, title: string, recipient: string): Promise<string> {
  await meal.goto("/o/amani-wash/projects/wells/reports");
  await approveReport(pm, await writeReport(meal, title, "2025", "Water came **closer**."));
  await expect(pm.getByText("Version 1").first()).toBeVisible();
  await pm.getByText("Give a donor a link").click();
  await pm.getByLabel("For whom").fill(recipient);
  await pm.getByRole("button", { name: "Make link" }).click();
  return pm.getByLabel("Link", { exact: true }).inputValue();
}

/** The two, signed in. */
async function staff(page: Page, browser: Browser, info: TestInfo): Promise<[Page, Page]> {
  const pm = await another(browser, page, info);
  await signIn(page, "meal@amani.test");
  await signIn(pm, "pm@amani.test");
  return [page, pm];
}

/** Opens a link as a donor does. */
async function open(page: Page, url: string, script: boolean) {
  await page.goto(url);
  if (!script) {
    await page.getByLabel("Your link").fill(url);
    await page.getByRole("button", { name: "Open the report" }).click();
  }
  await expect(page).toHaveURL(/\/donor(\/[\w-]+)?$/);
}

test("a donor reads, prints and takes home a report", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const script = withScript(info);
  const title = `Wells for donors ${info.project.name}`;
  const [meal, pm] = await staff(page, browser, info);
  const url = await share(meal, pm, title, "Foundation <F>");
  const donor = await another(browser, page, info);
  const complaints = watchConsole(donor);
  const found: string[] = [];
  await open(donor, url, script);

  await test.step("on a phone and at a desk, light and dark, in both languages", async () => {
    for (const size of SIZES) {
      for (const colorScheme of ["light", "dark"] as const) {
        for (const lang of ["en", "sw"]) {
          await donor.setViewportSize(size);
          await donor.emulateMedia({ colorScheme, reducedMotion: "reduce" });
          await donor.goto(`/donor?lang=${lang}`);
          await expect(donor.getByRole("heading", { level: 1, name: title })).toBeVisible();
          // nothing but a table that says so scrolls sideways
          expect(await donor.locator("html").evaluate((html) => html.scrollWidth - html.clientWidth)).toBeLessThanOrEqual(0);
          await expect(donor.getByText(lang === "sw" ? "Imetumwa kwa Foundation <F>" : "Shared with Foundation <F>").first()).toBeVisible();
          if (script) found.push(...(await faults(donor)));
        }
      }
    }
    await donor.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  });

  await test.step("each figure says how it was computed", async () => {
    await donor.goto("/donor");
    await donor.getByText("How is this computed?").first().click();
    await expect(donor.locator("details[open] .formula").first()).toBeVisible();
    if (script) found.push(...(await faults(donor)));
    await donor.screenshot({ path: info.outputPath("portal.png"), fullPage: true });
  });

  await test.step("it prints with who it was shared with on it, and nothing to click", async () => {
    await donor.emulateMedia({ media: "print" });
    await expect(donor.locator(".watermark")).toBeVisible();
    await expect(donor.locator(".portal-tools")).toBeHidden();
    const printed = await donor.pdf({ path: info.outputPath("printed.pdf"), format: "A4" });
    expect(printed.subarray(0, 5).toString()).toBe("%PDF-");
    await donor.emulateMedia({ media: "screen" });
  });

  await test.step("and is made as a PDF on the server", async () => {
    const paper = await donor.context().request.get(`${await address(donor)}/report.pdf`);
    expect(paper.headers()["content-type"]).toBe("application/pdf");
    const bytes = await paper.body();
    expect(bytes.subarray(0, 5).toString()).toBe("%PDF-");
    expect(bytes.includes("/StructTreeRoot")).toBe(true);
  });

  await test.step("another link is another report, and both are offered", async () => {
    const second = await share(meal, pm, `${title} again`, "Foundation <F>");
    await open(donor, second, script);
    await donor.goto("/donor");
    await expect(donor.getByRole("heading", { name: "Reports that were shared with you" })).toBeVisible();
    if (script) found.push(...(await faults(donor)));
    await donor.getByRole("link", { name: title, exact: true }).click();
    await expect(donor.getByRole("heading", { level: 1, name: title })).toBeVisible();
  });

  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
});

/** The address of the report that a page shows: that of its PDF without the file. */
async function address(donor: Page): Promise<string> {
  const file = await donor.getByRole("link", { name: "Download as PDF" }).getAttribute("href");
  return (file ?? "").replace(/\/report\.pdf$/, "");
}

test("the page of a report takes at most 60 kB in all", async ({ page, browser }, info) => {
  test.skip(!withScript(info), "bytes are the same without script");
  const [meal, pm] = await staff(page, browser, info);
  const url = await share(meal, pm, "Wells by weight", "A donor");
  const donor = await another(browser, page, info);
  await open(donor, url, true);
  const client = await donor.context().newCDPSession(donor);
  await client.send("Network.enable");
  await client.send("Network.clearBrowserCache");
  let bytes = 0;
  client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await donor.goto("/donor", { waitUntil: "networkidle" });
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThanOrEqual(60_000);
});
