// Registers from a sheet: a budget with a fault, the same mended; places; targets taken out, changed and sent back.
import { expect, type Page, test } from "@playwright/test";
import { faults, openWithCode, signIn, watchConsole, withScript } from "./help";

async function send(page: Page, name: string, text: string) {
  await page.getByLabel("File").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Check the file" }).click();
}

test("a budget is imported from a sheet, and targets go out and come back", async ({ page }, info) => {
  test.setTimeout(180_000);
  const complaints = watchConsole(page);
  const axe = async () => {
    if (withScript(info)) expect(await faults(page)).toEqual([]);
  };
  const line = `R.${info.project.name}`;
  const sheet = (planned: string) => `A budget,,,\nLine code*,Name,Result number,2027-Q1 planned\n${line},Rope ${info.project.name},1,${planned}\n`;
  await signIn(page, "pm@amani.test");

  await test.step("a cell that is wrong is named, and nothing can be written", async () => {
    await page.goto("/o/amani-wash/projects/wells/budget");
    await page.getByRole("link", { name: "Import the budget" }).click();
    await axe();
    await send(page, "budget.csv", sheet("lots"));
    const problem = page.getByRole("row", { name: /D3/ });
    await expect(problem).toContainText("This is not a figure.");
    await expect(page.getByRole("button", { name: "Write all of it" })).toHaveCount(0);
    await axe();
    const [back] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the sheets with what was found" }).click(),
    ]);
    expect(back.suggestedFilename()).toBe("budget-problems.xlsx");
  });

  await test.step("mended, it is looked through and written", async () => {
    await page.getByRole("link", { name: "Import the budget" }).click();
    await send(page, "budget.csv", sheet("1200"));
    await expect(page.getByRole("row", { name: new RegExp(`${line} 2027-Q1 planned`) })).toContainText("1200");
    await axe();
    await page.getByRole("button", { name: "Write all of it" }).click();
    await expect(page.getByText("What the sheet brought was written.")).toBeVisible();
    await page.goto("/o/amani-wash/projects/wells/budget?year=2027");
    await expect(page.getByRole("row", { name: new RegExp(`Rope ${info.project.name}`) })).toContainText("1,200");
  });

  await test.step("targets as they stand come back and change nothing", async () => {
    await page.goto("/o/amani-wash/projects/wells/targets/import");
    await axe();
    const [taken] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download it as it stands" }).click(),
    ]);
    expect(taken.suggestedFilename()).toBe("wells-targets.xlsx");
    await page.getByLabel("File").setInputFiles(await taken.path());
    await page.getByRole("button", { name: "Check the file" }).click();
    await expect(page.getByText("The file says nothing that does not stand there already.").first()).toBeVisible();
    await expect(page.getByRole("button", { name: "Write all of it" })).toHaveCount(0);
  });

  expect(complaints).toEqual([]);
});

test("an administrator imports places", async ({ page }, info) => {
  test.setTimeout(180_000);
  const complaints = watchConsole(page);
  const code = `P-${info.project.name}`;
  await openWithCode(page, "admin@amani.test");
  await page.goto("/o/amani-wash/admin/settings");
  await page.getByRole("link", { name: "Import places" }).click();
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await send(page, "places.csv", `P-Code,Name,Parent code,Latitude,Longitude\n${code}-1,A ward,${code},-4.5,30.1\n${code},A district,,,\n`);
  await expect(page.getByText("Nothing is wrong. Look through what would be made, and decide.")).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(`${code}-1 New`) })).toContainText("A ward");
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.getByRole("button", { name: "Write all of it" }).click();
  await expect(page.getByText("What the sheet brought was written.")).toBeVisible();
  await expect(page.getByRole("link", { name: "places.csv" }).first()).toBeVisible();
  expect(complaints).toEqual([]);
});
