// A donor who got a report asks whether it is genuine: current, then corrected, then withdrawn; altered it is not.
import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { another, approveReport, faults, signIn, watchConsole, withScript, writeReport } from "./help";

const REPORTS = "/o/amani-wash/projects/wells/reports";

/** Opens a folded form, unless it stands open. */
async function unfold(page: Page, summary: string) {
  const form = page.locator("details", { has: page.locator("summary", { hasText: summary }) });
  if ((await form.getAttribute("open")) === null) await form.locator("summary").click();
  return form;
}

/** Sends a file to the page that verifies. */
async function check(page: Page, buffer: Buffer) {
  await page.goto("/verify");
  await page.getByLabel("A report as PDF or JSON").setInputFiles({ name: "report.json", mimeType: "application/json", buffer });
  await page.getByRole("button", { name: "Check the file" }).click();
  return page.getByRole("status");
}

test("anybody can tell whether a report is genuine, and what became of it", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const title = `Wells, verified ${info.project.name}`;
  const axe = async (where: Page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };
  const [donor, meal] = [await another(browser, page, info), await another(browser, page, info)];
  let report = "";
  let file = Buffer.alloc(0);

  await test.step("a report is published, and taken out as a signed file", async () => {
    await signIn(page, "pm@amani.test");
    await signIn(meal, "meal@amani.test");
    await meal.goto(REPORTS);
    report = await writeReport(meal, title, "2025", "It rained.");
    await approveReport(page, report);
    await expect(page.getByRole("link", { name: "Version 1" }).first()).toBeVisible();
    await axe(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /^JSON.*Version 1/ }).click()]);
    file = readFileSync((await download.path())!);
    expect(file.toString().startsWith('{"kipimo":"report-snapshot/1"')).toBe(true);
  });

  await test.step("a donor who is not signed in verifies it", async () => {
    const answer = await check(donor, file);
    await expect(answer).toContainText("Genuine and current");
    await expect(answer).toContainText(title);
    await expect(answer).toContainText("Amani WASH");
    expect(await donor.context().cookies()).toEqual([]);
    await axe(donor);
    await donor.screenshot({ path: info.outputPath("verify.png"), fullPage: true });
    const altered = Buffer.from(file);
    altered[Math.floor(altered.length / 2)] ^= 1;
    await expect(await check(donor, altered)).toContainText("Not genuine");
    await axe(donor);
    const hash = /"sha256":"([0-9a-f]{64})","signature"/.exec(file.toString())![1];
    await donor.getByRole("textbox", { name: "Or its SHA-256" }).fill(hash.toUpperCase());
    await donor.getByRole("button", { name: "Look it up" }).click();
    await expect(donor.getByRole("status")).toContainText("Genuine and current");
    await donor.getByRole("textbox", { name: "Or its SHA-256" }).fill("nonsense");
    await donor.getByRole("button", { name: "Look it up" }).click();
    await expect(donor.getByText("A SHA-256 has 64 digits").first()).toBeVisible();
    await expect(donor.getByRole("textbox", { name: "Or its SHA-256" })).toHaveValue("nonsense");
    await axe(donor);
  });

  await test.step("a correction says why, and replaces it", async () => {
    await meal.goto(report);
    const opens = await unfold(meal, "Open it again");
    await opens.getByLabel("Reason").fill("A well was counted twice");
    await opens.getByRole("button", { name: "Open it again" }).click();
    await expect(meal.getByText("The report is open again.")).toBeVisible();
    await meal.getByRole("button", { name: "Hand over for review" }).click();
    await expect(meal.getByText("The report was handed over for review.")).toBeVisible();
    await page.goto(report);
    await page.getByRole("button", { name: "Approve" }).click();
    const form = page.locator("form", { has: page.getByRole("button", { name: "Publish a correction" }) });
    await form.getByRole("button", { name: "Publish a correction" }).click();
    await expect(page.getByText("Please fill this in.").first()).toBeVisible();
    await axe(page);
    await form.getByLabel("Reason").fill("A well was counted twice");
    await form.getByRole("button", { name: "Publish a correction" }).click();
    await expect(page.getByRole("link", { name: "Version 2" }).first()).toBeVisible();
    await expect(page.getByText("Replaced").first()).toBeVisible();
    await expect(await check(donor, file)).toContainText("there is a newer version");
    await axe(donor);
  });

  await test.step("the first version is withdrawn", async () => {
    const form = await unfold(page, "Withdraw a version");
    await form.getByLabel("Version").selectOption({ label: "Version 1" });
    await form.getByLabel("Reason").fill("The wells were dry by then");
    await form.getByRole("button", { name: "Withdraw a version" }).click();
    await expect(page.getByText("The version is withdrawn.")).toBeVisible();
    await expect(page.getByText("The wells were dry by then")).toBeVisible();
    await axe(page);
    const answer = await check(donor, file);
    await expect(answer).toContainText("Withdrawn");
    await expect(answer).not.toContainText("dry by then");
    await axe(donor);
  });

  await test.step("the page is found from every page, and fits a phone", async () => {
    await donor.goto("/login");
    await donor.getByRole("link", { name: "Verify a report" }).click();
    await expect(donor.getByRole("heading", { name: "Verify a report" })).toBeVisible();
    await donor.setViewportSize({ width: 360, height: 800 });
    await expect(await check(donor, file)).toContainText("Withdrawn");
    if (withScript(info)) expect(await donor.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await donor.screenshot({ path: info.outputPath("verify-phone.png"), fullPage: true });
  });
  expect(complaints).toEqual([]);
});
