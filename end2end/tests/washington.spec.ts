// Disability from a survey: a file goes in, figures come out, and what cannot be read is named.
import { expect, test } from "@playwright/test";
import { faults, signIn, watchConsole, withScript } from "./help";

const HEADER = "name,age,sex,VIS_SS,HEAR_SS,MOB_SS,COG_SS,SC_SS,COM_SS";

const survey = (...rows: string[]) =>
  ({ name: "survey.csv", mimeType: "text/csv", buffer: Buffer.from([HEADER, ...rows, ""].join("\n")) });

test("an officer counts people with a disability from a survey", async ({ page }, info) => {
  const complaints = watchConsole(page);
  await signIn(page, "meal@amani.test");
  await page.goto("/o/amani-wash/projects/wells/import");
  await page.getByRole("link", { name: "Count disability from a survey" }).click();
  const file = page.getByLabel("File", { exact: true });
  const count = page.getByRole("button", { name: "Count", exact: true });
  const people = survey("a,30,0,3,1,999,1,3,4", "b,12,0,888,888,888,888,888,888", "c,5,1,1,1,1,1,1,1", "d,40,1,1,1,yes,1,1,1");
  await file.setInputFiles(people);
  await count.click();
  await expect(page.getByRole("alert")).toContainText("In this file sex stands in numbers.");
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.getByLabel("0 is female, 1 is male").check();
  await file.setInputFiles(people);
  await count.click();
  await expect(page.getByRole("row", { name: /^Female 1 0 1 0$/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /^Male 0 1 0 0$/ })).toBeVisible();
  await expect(page.getByText("0 → Female: 2")).toBeVisible();
  await expect(page.getByRole("row", { name: /^5 MOB_SS/ })).toContainText("This is no answer to the question");
  await expect(page.getByLabel("0 is female, 1 is male")).toBeChecked();
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await file.setInputFiles(people);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Count and download as CSV" }).click();
  expect((await download).suggestedFilename()).toBe("wells-disability.csv");
  // a browser says so where a form was refused
  expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
});
