// A week of who operates the platform: an organisation is made, its administrator comes in and lets support in, a visit is paid with
// notice, and the organisation is suspended and goes on.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { another, faults, open, openWithCode, watchConsole, withScript } from "./help";
import { follow, lettersTo, linkTo } from "./letters";

const PASSWORD = "mnazi ziwa upepo kumi";

test("a week of an operator", async ({ page, browser }, info) => {
  test.setTimeout(300_000);
  const complaints = watchConsole(page);
  const run = info.project.name;
  const [slug, email, title] = [`upendo-${run}`, `first.${run}@upendo.test`, `Upendo Water ${run}`];
  await openWithCode(page, "root@kipimo.test", /\/platform/);

  await test.step("an organisation is made", async () => {
    await page.goto("/platform");
    await page.getByRole("link", { name: "New organisation" }).click();
    await page.getByLabel("Name", { exact: true }).fill(title);
    await page.getByLabel("Name in addresses").fill("amani-wash");
    await page.getByLabel("Plan").selectOption("core");
    await page.getByLabel("E-mail").fill(email);
    await page.getByRole("button", { name: "Create and invite" }).click();
    await expect(page.getByLabel("Name", { exact: true }), "what was typed stays").toHaveValue(title);
    await page.getByLabel("Name in addresses").fill(slug);
    await page.getByRole("button", { name: "Create and invite" }).click();
    await expect(page.getByText("Made. The first administrator is invited by mail.")).toBeVisible();
    if (withScript(info)) expect(await faults(page)).toEqual([]);
  });
  const organisation = page.url().split("?")[0];

  const admin = await another(browser, page, info);
  await test.step("its administrator comes in, with a second factor, and lets support in", async () => {
    await follow(admin, await linkTo(email, "/invite"), info);
    await admin.getByLabel("Name").fill("Furaha Mollel");
    await admin.getByLabel("New password").fill(PASSWORD);
    await admin.getByRole("button", { name: "Join" }).click();
    await open(admin, email, PASSWORD);
    await expect(admin).toHaveURL(/\/settings\/security/);
    await admin.getByRole("button", { name: "Set up an authenticator" }).click();
    const secret = (await admin.locator("code.secret").innerText()).replaceAll(" ", "");
    await admin.getByLabel("Code").fill(execFileSync("oathtool", ["--totp", "-b", secret], { encoding: "utf8" }).trim());
    await admin.getByRole("button", { name: "Confirm" }).click();
    await expect(admin.getByText("Your second factor is set up.")).toBeVisible();
    await admin.goto(`/o/${slug}/admin/settings`);
    await admin.getByLabel("Who operates Kipimo may look in").check();
    await admin.getByLabel("Reason").fill("we asked for help with our first project");
    await admin.getByRole("button", { name: "Save" }).click();
    await expect(admin.getByText("Saved.")).toBeVisible();
  });

  await test.step("a visit is paid, seen on every page, and told", async () => {
    await page.goto(organisation);
    const help = page.locator("section", { has: page.locator("#help-h") });
    await help.getByLabel("E-mail").fill(email);
    await help.getByLabel("Request for help").fill("HELP-7");
    await help.getByLabel("Reason").fill("they cannot find the values of May");
    await help.getByRole("button", { name: "Begin the visit" }).click();
    await expect(page.getByText("Root Operator, you act as Furaha Mollel.")).toBeVisible();
    await page.goto(`/o/${slug}/projects`);
    await expect(page.getByText("Root Operator, you act as Furaha Mollel.")).toBeVisible();
    await expect(page.getByText(/minutes left|\d\d:\d\d/)).toBeVisible();
    if (withScript(info)) expect(await faults(page)).toEqual([]);
    await admin.goto(`/o/${slug}/admin/support`);
    await expect(admin.getByText("Root Operator acted as Furaha Mollel")).toBeVisible();
    await expect(admin.getByText("they cannot find the values of May")).toBeVisible();
    await admin.locator("summary", { hasText: "Looked at" }).click();
    await expect(admin.getByText(`/o/${slug}/projects`, { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Stop" }).click();
    await expect(page.getByText("The visit is over.")).toBeVisible();
    await expect(() => {
      const told = lettersTo(email).join();
      expect(told).toContain("support is looking into");
      expect(told).toContain("has left");
    }).toPass({ timeout: 30_000 });
    await admin.goto("/settings/inbox");
    await expect(admin.getByText("Support is looking into your organisation")).toBeVisible();
  });

  await test.step("another administrator is invited, and the first one is asked", async () => {
    await page.goto(organisation);
    const section = page.locator("section", { has: page.locator("#administrator-h") });
    await section.getByLabel("E-mail").fill(`second.${run}@upendo.test`);
    await section.getByLabel("Reason").fill("the first one leaves at the end of the year");
    await section.getByRole("button", { name: "Invite" }).click();
    await expect(page.getByText("The invitation is on its way.")).toBeVisible();
    await admin.goto(`/o/${slug}/admin/members`);
    await expect(admin.getByText("The platform invited this person.")).toBeVisible();
    if (withScript(info)) expect(await faults(admin)).toEqual([]);
    await admin.getByRole("button", { name: `Approve: second.${run}@upendo.test` }).click();
    await expect(admin.getByText("The person can take the invitation up now.")).toBeVisible();
  });

  await test.step("it is suspended, and goes on", async () => {
    for (const [state, opens] of [["suspended", false], ["active", true]] as const) {
      await page.goto(organisation);
      const plan = page.locator("section", { has: page.locator("#plan-h") });
      await plan.getByLabel("Status").selectOption(state);
      await plan.getByLabel("Reason").fill("the invoice of a year ago");
      await plan.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
      const answer = await admin.goto(`/o/${slug}/projects`);
      expect(answer?.ok()).toBe(opens);
    }
    await page.goto("/platform/log");
    await expect(page.getByText("Organisation created").first()).toBeVisible();
    await admin.goto(`/o/${slug}/audit`);
    await expect(admin.getByText("Suspended by who operates the platform")).toBeVisible();
    await expect(admin.getByText("Root Operator (operates the platform)").first()).toBeVisible();
  });
  await admin.context().close();
  expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
});
