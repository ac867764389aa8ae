// The budget of a project: a line, its amounts by quarter, and what a reader sees.
import { expect, test } from "@playwright/test";
import { another, faults, signIn, watchConsole, withScript } from "./help";

test("a project manager plans and spends, and a viewer reads", async ({ page, browser }, info) => {
  const complaints = watchConsole(page);
  const name = `Pumps ${info.project.name}`;
  await signIn(page, "pm@amani.test");
  await page.goto("/o/amani-wash/projects/wells/budget?year=2026");
  const add = page.locator("details", { hasText: "Add a line" });
  if (!(await add.getByLabel("Code").isVisible())) await add.locator("summary").click();
  await add.getByLabel("Code").fill(`P.${info.project.name}`);
  await add.getByLabel("Name").fill(name);
  await add.getByLabel("Result", { exact: true }).selectOption({ index: 1 });
  await add.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("The line was added.")).toBeVisible();
  const [planned, spent] = ["Planned", "Spent"].map((what) => page.getByLabel(`${name}, ${what}, Q1`));
  await planned.fill("12000");
  await spent.fill("lots");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is not a figure.").first()).toBeVisible();
  await expect(planned).toHaveValue("12000");
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await spent.fill("9000");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("75.0 %");
  const viewer = await another(browser, page, info);
  await signIn(viewer, "viewer@amani.test");
  await viewer.goto("/o/amani-wash/projects/wells/budget?year=2026");
  await expect(viewer.getByRole("row", { name: new RegExp(name) })).toContainText("9,000");
  await expect(viewer.getByRole("button", { name: "Save" })).toHaveCount(0);
  if (withScript(info)) expect(await faults(viewer)).toEqual([]);

  // taken out by its code, and back from the bin with its amounts
  await page.goto("/o/amani-wash/projects/wells/budget?year=2026");
  const out = page.locator("details", { hasText: "Take out a line" });
  await out.locator("summary").click();
  await out.getByLabel("Line").selectOption({ label: `P.${info.project.name} ${name}` });
  await out.getByLabel("What it is called").fill("another");
  await out.getByRole("button", { name: "Take out a line" }).click();
  await expect(page.getByText("It is called otherwise.").first()).toBeVisible();
  await out.getByLabel("What it is called").fill(`P.${info.project.name}`);
  await out.getByRole("button", { name: "Take out a line" }).click();
  await expect(page.getByText("The line was taken out.")).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(name) })).toHaveCount(0);
  await page.goto("/o/amani-wash/projects/wells/setup");
  await page.getByRole("link", { name: /^Bin/ }).click();
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.getByRole("button", { name: new RegExp(`Take it back: .*${name}`) }).click();
  await expect(page.getByText("It was taken back.")).toBeVisible();
  await page.goto("/o/amani-wash/projects/wells/budget?year=2026");
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("9,000");
  expect(complaints).toEqual([]);
});
