// Evidence on a figure, the dashboards, a view that is kept, a place on the map, and the workbook that is taken out.
import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { another, faults, signIn, watchConsole, withScript } from "./help";

const BASE = "/o/amani-wash/projects/wells";

test("a figure gets its evidence, and the dashboards show where things stand", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const name = `minutes ${info.project.name}`;
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };

  await test.step("a field officer adds minutes to a figure; a page of a site is not taken", async () => {
    await signIn(page, "field@amani.test");
    await page.goto(`${BASE}/entry`);
    const quarter = page.getByLabel("Period");
    const named = (await quarter.locator("option").allTextContents()).find((text) => /Q3.*2026|2026.*Q3/.test(text)) ?? "";
    await quarter.selectOption({ label: named });
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("link", { name: /evidence/ }).first().click();
    await expect(page.getByRole("heading", { name: "Evidence", exact: true })).toBeVisible();
    await axe();
    await page.getByLabel("File").setInputFiles({ name: "page.html", mimeType: "text/html", buffer: Buffer.from("<html></html>") });
    await page.getByLabel("Title").fill(name);
    await page.getByLabel("Consent").selectOption("not_needed");
    await page.getByRole("button", { name: "Add evidence" }).click();
    await expect(page.getByText("Files of this kind are not taken.").first()).toBeVisible();
    await expect(page.getByLabel("Title")).toHaveValue(name);
    await axe();
    await page.getByLabel("File").setInputFiles({ name: "minutes.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 of the committee") });
    await page.getByRole("button", { name: "Add evidence" }).click();
    await expect(page.getByText("The evidence was added.")).toBeVisible();
    await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("Grace Akinyi");
    await page.screenshot({ path: info.outputPath("evidence.png"), fullPage: true });
  });

  const meal = await another(browser, page, info);
  await test.step("who reviews opens it", async () => {
    await signIn(meal, "meal@amani.test");
    await meal.goto(`${BASE}/evidence`);
    const row = meal.getByRole("row", { name: new RegExp(name) });
    const [download] = await Promise.all([meal.waitForEvent("download"), row.getByRole("link", { name: "minutes.pdf" }).first().click()]);
    expect((await readFile(await download.path())).toString()).toBe("%PDF-1.7 of the committee");
    await row.getByRole("link", { name: "Change" }).click();
    await meal.getByLabel("Viewers may see it").check();
    await axe(meal);
    await meal.getByRole("button", { name: "Save" }).click();
    await expect(meal.getByRole("row", { name: new RegExp(name) })).toContainText("for viewers");
  });

  await test.step("the dashboards, and a view that is kept", async () => {
    await meal.goto("/o/amani-wash/dashboard");
    await meal.getByRole("link", { name: "Wells that last" }).click();
    await expect(meal.getByRole("heading", { name: "Where the indicators stand" })).toBeVisible();
    await expect(meal.getByRole("img", { name: /by place/ })).toContainText("Kibondo");
    await meal.locator("summary", { hasText: "The same as a table" }).first().click();
    await expect(meal.getByRole("row", { name: /2026 Q1/ }).first()).toBeVisible();
    // a view that is kept already is not offered again
    await meal.getByLabel("Location").selectOption(withScript(info) ? "KIB" : "KAS");
    await meal.getByRole("button", { name: "Show" }).click();
    const views = meal.locator("summary", { hasText: /saved filter|Save this/ });
    await views.click();
    await meal.getByLabel("Name").fill(`A place ${info.project.name}`);
    await meal.getByRole("button", { name: "Save this" }).click();
    await expect(meal.getByText("The filter is saved.")).toBeVisible();
    await views.click();
    await expect(meal.getByRole("link", { name: `A place ${info.project.name}` })).toBeVisible();
    await axe(meal);
  });

  await test.step("a place is moved on the map", async () => {
    await meal.goto(`${BASE}/setup`);
    await meal.getByRole("link", { name: "Change: Kasulu" }).click();
    const place = meal.getByRole("region", { name: "Change place KAS" });
    await place.getByLabel("Latitude").fill("95");
    await place.getByRole("button", { name: "Save" }).click();
    await expect(meal.getByText("There is no such place on earth").first()).toBeVisible();
    await place.getByLabel("Latitude").fill("-4.5768");
    await place.getByRole("button", { name: "Save" }).click();
    await expect(meal.getByText("-4.5768, 30.1028")).toBeVisible();
  });

  await test.step("the tracking table is taken out as a workbook", async () => {
    await meal.goto(`${BASE}/export`);
    const [download] = await Promise.all([meal.waitForEvent("download"), meal.getByRole("button", { name: "Download", exact: true }).click()]);
    expect(download.suggestedFilename()).toMatch(/^wells-tracking-\d{4}\.xlsx$/);
    expect((await readFile(await download.path())).subarray(0, 2).toString()).toBe("PK");
  });
  expect(complaints).toEqual([]);
});
