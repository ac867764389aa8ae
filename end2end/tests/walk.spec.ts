// A figure from the field reaches a donor: imported, verified by a second person, tracked, published, opened, revoked.
import { expect, type Page, test } from "@playwright/test";
import { approveReport, faults, signIn, watchConsole, writeReport } from "./help";

test("a figure from the field reaches a donor", async ({ browser }, info) => {
  const withScript = info.project.name === "script";
  const options = { javaScriptEnabled: withScript };
  const meal = await (await browser.newContext(options)).newPage();
  const complaints = watchConsole(meal);
  // the pages of this walk that no other test can reach; axe itself is a script
  const found: string[] = [];
  const axe = async (page: Page) => {
    if (withScript) found.push(...(await faults(page)));
  };
  // the two runs share one server: each imports its own year
  const fs = await import("node:fs");
  const year = withScript ? "2023" : "2022";
  const file = fs.readFileSync("fixtures/camps.csv", "utf8").replaceAll("2023-", `${year}-`);

  await signIn(meal, "meal@amani.test");
  await meal.goto("/o/amani-wash/projects/camps");
  await meal.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Import" }).click();
  await meal.getByLabel("File").setInputFiles({ name: `camps-${year}.csv`, mimeType: "text/csv", buffer: Buffer.from(file) });
  await meal.getByRole("button", { name: "Check the file" }).click();
  await expect(meal.getByText("A second figure for the same indicator, period and location.")).toBeVisible();
  await expect(meal.getByText("7 and 2")).toBeVisible();
  await axe(meal);
  await meal.getByRole("button", { name: "Write the valid rows only" }).click();
  await expect(meal.getByText("The import was applied.")).toBeVisible();

  await meal.goto("/o/amani-wash/projects/camps/review");
  await meal.getByRole("button", { name: "Verify the whole period" }).click();
  await expect(meal.getByRole("alert")).toContainText("You submitted them, so somebody else verifies them.");
  await axe(meal);

  const pm = await (await browser.newContext(options)).newPage();
  await signIn(pm, "pm@amani.test");
  await pm.goto("/o/amani-wash/projects/camps/review");
  await pm.getByText("Everything that waits").click();
  await pm.getByRole("button", { name: /Verify all/ }).click();
  await expect(pm.getByRole("status").getByText("Done.")).toBeVisible();

  await pm.goto(`/o/amani-wash/projects/camps/tracking?year=${year}`);
  const row = pm.getByRole("row").filter({ hasText: "liters_per_person_per_day" });
  await expect(row).toContainText("unweighted average");
  await row.getByRole("link", { name: `Explain liters_per_person_per_day, Q1 ${year}` }).click();
  await expect(pm.getByRole("heading", { name: "Explain this number" })).toBeVisible();
  await expect(pm.getByText("Kalobeyei").first()).toBeVisible();
  await axe(pm);

  await meal.goto("/o/amani-wash/projects/camps/reports");
  const title = `Camps in ${year} (${info.project.name})`;
  const report = await writeReport(meal, title, year, "Water came closer.");
  await axe(meal);
  await approveReport(pm, report);
  await expect(pm.getByText("Version 1").first()).toBeVisible();
  await pm.getByText("Give a donor a link").click();
  await pm.getByLabel("For whom").fill("A donor");
  await pm.getByRole("button", { name: "Make link" }).click();
  const url = await pm.getByLabel("Link", { exact: true }).inputValue();
  expect(url).toContain("/d/");
  await axe(pm);

  const donor = await (await browser.newContext(options)).newPage();
  await donor.goto(url);
  if (!withScript) {
    await donor.getByLabel("Your link").fill(url);
    await donor.getByRole("button", { name: "Open the report" }).click();
  }
  await expect(donor.getByRole("heading", { name: title })).toBeVisible();
  await expect(donor).toHaveURL(/\/donor$/);
  await expect(donor.getByText("Water came closer.")).toBeVisible();
  await axe(donor);
  await donor.screenshot({ path: `test-results/portal-${info.project.name}.png`, fullPage: true });

  await pm.goto("/o/amani-wash/admin/donor-links");
  await pm.getByRole("link", { name: "A donor" }).first().click();
  await pm.locator("summary", { hasText: "Revoke" }).click();
  await pm.getByLabel("Reason").fill("the walk is over");
  await pm.locator("button", { hasText: "Revoke" }).click();
  await expect(pm.getByText("The link is revoked.")).toBeVisible();
  expect((await donor.goto("/donor"))?.status()).toBe(404);
  await expect(pm.getByRole("cell", { name: "opened" }).first()).toBeVisible();
  await axe(pm);
  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
});

test("a field officer's typed figures survive a refusal", async ({ page }, info) => {
  await signIn(page, "field@amani.test");
  const complaints = watchConsole(page);
  await page.goto("/o/amani-wash/projects/wells/entry");
  // the newest quarter: nothing was submitted for it, and a refusal saves nothing
  await page.getByLabel("Period").selectOption({ index: 0 });
  await page.getByRole("button", { name: "Show" }).click();
  const field = page.getByLabel("wells_repaired: wells", { exact: true });
  await field.fill("1,5");
  if (info.project.name === "script") {
    // the island wakes a moment after the page is there
    await expect(async () => {
      await field.fill("");
      await field.fill("1,5");
      await expect(page.getByText("You have figures that are not saved yet.")).toBeVisible({ timeout: 500 });
    }).toPass();
  }
  await page.getByRole("button", { name: "Save draft" }).click();
  await expect(page.getByText("Write the figure without spaces or commas").first()).toBeVisible();
  await expect(field).toHaveValue("1,5");
  if (info.project.name === "script") expect(await faults(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

test("figures typed before the page has woken count as unsaved", async ({ page }, info) => {
  test.skip(info.project.name !== "script", "without script nothing wakes");
  await signIn(page, "field@amani.test");
  await page.goto("/o/amani-wash/projects/wells/entry");
  await page.getByLabel("Period").selectOption({ index: 0 });
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/period=/);
  // a slow network: the browser part comes only once it is let through
  let through = () => {};
  const letThrough = new Promise<void>((resolve) => (through = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await letThrough;
    await route.continue();
  });
  const client = await page.context().newCDPSession(page);
  await client.send("Network.clearBrowserCache");
  await page.reload({ waitUntil: "commit" });
  await page.getByLabel("wells_repaired: wells", { exact: true }).fill("15");
  through();
  await expect(page.getByText("You have figures that are not saved yet.")).toBeVisible();
});
