// A link with a passcode: made by an administrator, opened by a donor on a phone, seen in its log, revoked while it is read.
import { expect, type Page, test } from "@playwright/test";
import { approveReport, faults, openWithCode, signIn, watchConsole, withScript, writeReport } from "./help";

const LIST = "/o/amani-wash/admin/donor-links";
const REPORTS = "/o/amani-wash/projects/wells/reports";
const PHONE = { width: 360, height: 800 };

/** Whether the page stands within the screen, without being dragged sideways. */
async function fits(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
}

test("a link with a passcode is opened on a phone, seen in its log and revoked", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const [title, recipient] = ["Wells for the fund", "Programme officer"].map((text) => `${text} (${info.project.name})`);
  const axe = async (where: Page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };
  const options = { javaScriptEnabled: withScript(info), locale: "en-GB", reducedMotion: "reduce" as const };

  await test.step("a report is written, read by the project manager, and published", async () => {
    const [meal, pm] = [await (await browser.newContext(options)).newPage(), await (await browser.newContext(options)).newPage()];
    await signIn(meal, "meal@amani.test");
    await signIn(pm, "pm@amani.test");
    await meal.goto(REPORTS);
    await approveReport(pm, await writeReport(meal, title, "2025", "Water came closer."));
    await expect(pm.getByText("Version 1").first()).toBeVisible();
    await meal.context().close();
    await pm.context().close();
  });

  let url = "";
  let passcode = "";
  await test.step("an administrator makes a link with a passcode for a new donor", async () => {
    await openWithCode(page, "admin@amani.test");
    await page.goto(REPORTS);
    await page.getByRole("link", { name: title }).click();
    await page.getByText("Give a donor a link").click();
    await page.getByLabel("For whom").fill(recipient);
    await page.getByText("A donor that is not in the list").click();
    await page.getByLabel("Name of the donor").fill(`The Fund ${info.project.name}`);
    await page.getByLabel("To open it, one also needs").selectOption("passcode");
    await page.getByLabel("Days it lives after each visit").fill("91");
    await page.getByRole("button", { name: "Make link" }).click();
    await expect(page.getByText("This is outside of what can be chosen.").first()).toBeVisible();
    await expect(page.getByLabel("For whom"), "what was typed stays").toHaveValue(recipient);
    await axe(page);
    await page.getByLabel("Days it lives after each visit").fill("30");
    await page.getByRole("button", { name: "Make link" }).click();
    url = await page.locator("#new-link").inputValue();
    passcode = await page.locator("#new-passcode").inputValue();
    expect(url).toContain("/d/");
    expect(passcode).toHaveLength(10);
    await axe(page);
  });

  const donor = await (await browser.newContext({ ...options, viewport: PHONE })).newPage();
  await test.step("a donor opens it on a phone, and mistypes the passcode once", async () => {
    await donor.goto(url);
    if (!withScript(info)) {
      await donor.getByLabel("Your link").fill(url);
      await donor.getByRole("button", { name: "Open the report" }).click();
    }
    await expect(donor.getByRole("heading", { name: "One more step" })).toBeVisible();
    expect(donor.url(), "the secret leaves the address").not.toContain("#");
    await expect(donor.getByText("Water came closer.")).toHaveCount(0);
    await axe(donor);
    if (withScript(info)) await fits(donor);
    await donor.getByLabel("Passcode").fill("not this one");
    await donor.getByRole("button", { name: "Open the report" }).click();
    await expect(donor.getByText("This passcode is not right.").first()).toBeVisible();
    await axe(donor);
    await donor.getByLabel("Passcode").fill(passcode);
    await donor.getByRole("button", { name: "Open the report" }).click();
    await expect(donor).toHaveURL(/\/donor$/);
    await expect(donor.getByRole("heading", { name: title })).toBeVisible();
    await donor.screenshot({ path: info.outputPath("phone.png"), fullPage: true });
  });

  await test.step("the administrator sees who came, and what they read", async () => {
    await page.goto(LIST);
    await page.getByLabel("Donor", { exact: true }).first().selectOption({ label: `The Fund ${info.project.name}` });
    await page.getByRole("button", { name: "Show" }).click();
    await axe(page);
    await page.getByRole("link", { name: recipient }).click();
    for (const what of ["wrong passcode or code", "opened", "read"]) {
      await expect(page.getByRole("cell", { name: what }).first()).toBeVisible();
    }
    await page.getByRole("button", { name: "Renew" }).click();
    await expect(page.getByText("The link is renewed.")).toBeVisible();
    await axe(page);
    await page.screenshot({ path: info.outputPath("link.png"), fullPage: true });
  });

  await test.step("and revokes it: the open page is dead", async () => {
    await page.goto(`${LIST}?state=active`);
    await page.getByRole("checkbox", { name: `Choose the link for ${recipient}` }).check();
    await page.locator("form", { has: page.getByRole("button", { name: "Revoke the chosen links" }) }).getByLabel("Reason").fill("the walk is over");
    await page.getByRole("button", { name: "Revoke the chosen links" }).click();
    await expect(page.getByText("1 link is revoked.")).toBeVisible();
    expect((await donor.reload())?.status()).toBe(404);
    await expect(donor.getByText("This link opens no report").first()).toBeVisible();
    await axe(donor);
  });
  expect(complaints).toEqual([]);
});
