// A large import, written in the background, watched to its end with and without JavaScript, and taken back.
import { expect, test } from "@playwright/test";
import { faults, signIn, watchConsole, withScript } from "./help";

/** Twenty places, eighty-four months and three figures each: 5,040 values. */
function many(): string {
  const lines = ["start_date,end_date,location_id,location_name,country,persons_per_tap,liters_per_person_per_day,refugee_pop"];
  for (let month = 0; month < 84; month += 1) {
    const [year, of] = [2009 + Math.floor(month / 12), month % 12];
    const day = (date: Date) => date.toISOString().slice(0, 10);
    const [first, last] = [day(new Date(Date.UTC(year, of, 1))), day(new Date(Date.UTC(year, of + 1, 0)))];
    for (let place = 1; place <= 20; place += 1) lines.push(`${first},${last},Q${place},Queue ${place},Kenya,90,18,1000`);
  }
  return lines.join("\n");
}

test("a large import is written in the background", async ({ page }, info) => {
  test.setTimeout(180_000);
  const complaints = watchConsole(page);
  await signIn(page, "meal@amani.test");

  await test.step("it is checked, and becomes a job", async () => {
    await page.goto("/o/amani-wash/projects/camps/import");
    await page.getByLabel("File").setInputFiles({ name: "many.csv", mimeType: "text/csv", buffer: Buffer.from(many()) });
    await page.getByRole("button", { name: "Check the file" }).click();
    await expect(page.getByText("they are written in the background")).toBeVisible();
    await page.getByRole("button", { name: "Write all values" }).click();
    await expect(page).toHaveURL(/\/o\/amani-wash\/jobs\//);
    await expect(page.getByRole("heading", { name: /Import of figures: many\.csv/ })).toBeVisible();
  });

  await test.step("the page renews itself until it is done", async () => {
    await expect(page.getByText("5040 values were written.").or(page.getByText("5,040 values were written."))).toBeVisible({ timeout: 120_000 });
    await expect(page.getByRole("button", { name: "Cancel this job" })).toHaveCount(0);
    if (withScript(info)) expect(await faults(page)).toEqual([]);
    await page.getByRole("navigation", { name: "You are here" }).getByRole("link", { name: "Background jobs" }).click();
    await expect(page.getByRole("row", { name: /many\.csv/ }).first()).toContainText("Done");
  });

  await test.step("what it wrote is taken back", async () => {
    await page.getByRole("link", { name: /many\.csv/ }).first().click();
    await page.getByRole("link", { name: "See what came of it" }).click();
    await expect(page.getByText("The values are written.")).toBeVisible();
    await page.getByRole("button", { name: "Take this import back" }).click();
    await expect(page.getByText("The import was taken back: its values count nowhere.")).toBeVisible();
  });

  expect(complaints).toEqual([]);
});
