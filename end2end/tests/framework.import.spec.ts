// A framework from a sheet: a file with a fault, the same mended, and what it made.
import { expect, test } from "@playwright/test";
import { faults, openWithCode, watchConsole, withScript } from "./help";

const sheet = (baseline: string) => [
  "A programme,,,,,,,",
  "Level*,No.*,Indicator*,Unit of measure*,Number (#) or percentage (%)*,Baseline*,Target frequency*,Comments",
  "Goal: Families are healthy,,,,,,,",
  `Goal,a,Child deaths,deaths,Number (#),${baseline},Annual,Ask the ministry`,
  "Outcome 1: Wells are kept working,,,,,,,",
  "Outcome,1a,Wells that work,%,Percentage (%),N/A,Quarterly,",
].join("\n");

test("a framework is imported from a sheet", async ({ page }, info) => {
  test.setTimeout(180_000);
  const complaints = watchConsole(page);
  const code = `sheet-${info.project.name}`;
  const base = `/o/amani-wash/projects/${code}`;
  const axe = async () => {
    if (withScript(info)) expect(await faults(page)).toEqual([]);
  };
  const send = async (baseline: string) => {
    await page.getByLabel("File").setInputFiles({ name: "plan.csv", mimeType: "text/csv", buffer: Buffer.from(sheet(baseline)) });
    await page.getByRole("button", { name: "Check the file" }).click();
  };

  await test.step("a project begins", async () => {
    await openWithCode(page, "admin@amani.test");
    await page.goto("/o/amani-wash/projects");
    await page.locator("summary", { hasText: "New project" }).click();
    await page.getByLabel("Title").fill(`From a sheet ${info.project.name}`);
    await page.getByLabel("Code").fill(code);
    await page.getByLabel("First day").fill("2026-01-01");
    await page.getByLabel("Last day").fill("2026-12-31");
    await page.getByRole("button", { name: "Create project" }).click();
    await page.goto(`${base}/framework`);
    await page.getByRole("link", { name: "Import from a sheet" }).click();
    await axe();
  });

  await test.step("a cell that is wrong is named, and nothing can be made", async () => {
    await send("many");
    const problem = page.getByRole("row", { name: /F4/ });
    await expect(problem).toContainText("This is not a figure.");
    await expect(problem).toContainText("many");
    await expect(page.getByRole("button", { name: "Make all of it" })).toHaveCount(0);
    await axe();
    const [back] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the sheets with what was found" }).click(),
    ]);
    expect(back.suggestedFilename()).toBe("plan-problems.xlsx");
  });

  await test.step("mended, it is looked through and made", async () => {
    await page.getByRole("link", { name: "Import from a sheet" }).click();
    await send("41.5");
    await expect(page.getByText("Nothing is wrong. Look through what would be made, and decide.")).toBeVisible();
    await expect(page.getByRole("row", { name: /1\.1 Outcome Wells are kept working/ })).toBeVisible();
    await expect(page.getByRole("row", { name: /Child deaths/ })).toContainText("41.5");
    await axe();
    await page.getByRole("button", { name: "Make all of it" }).click();
    await expect(page.getByText("The results, indicators and targets of the sheet were made.")).toBeVisible();
    await expect(page.getByRole("link", { name: "Wells are kept working" })).toBeVisible();
    await page.goto(`${base}/indicators/1a`);
    await expect(page.getByRole("heading", { name: "Wells that work" })).toBeVisible();
  });

  expect(complaints).toEqual([]);
});
