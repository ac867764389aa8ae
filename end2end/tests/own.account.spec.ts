// What people do with their own account: a new password and address, browsers that they end, a second factor that they replace.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { another, faults, open, openWithCode, watchConsole, withScript } from "./help";
import { follow, lettersTo, linkTo } from "./letters";

const FIRST = "mnazi ziwa upepo kumi";
const SECOND = "tausi jembe ngazi saba";

test("somebody minds their account", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const run = info.project.name;
  const [old, next] = [`own.${run}@amani.test`, `own.new.${run}@amani.test`];

  await test.step("an account is made", async () => {
    await openWithCode(page, "admin@amani.test");
    await page.goto("/o/amani-wash/admin/members");
    await page.locator("summary", { hasText: "Invite somebody" }).click();
    await page.getByLabel("Work addresses").fill(old);
    await page.getByRole("button", { name: "Send the invitation" }).click();
    await expect(page.locator("li", { hasText: old })).toBeVisible();
    await page.context().clearCookies();
    await follow(page, await linkTo(old, "/invite"), info);
    await page.getByLabel("Name").fill("Baraka Otieno");
    await page.getByLabel("New password").fill(FIRST);
    await page.getByRole("button", { name: "Join" }).click();
    await open(page, old, FIRST);
    await expect(page.getByRole("heading", { name: "Hello, Baraka Otieno" })).toBeVisible();
  });

  const phone = await another(browser, page, info);
  await test.step("a browser that is not known any more is ended", async () => {
    await open(phone, old, FIRST);
    await expect(phone).toHaveURL(/\/o\/amani-wash/);
    await expect(() => expect(lettersTo(old).join()).toContain("new browser")).toPass({ timeout: 30_000 });
    await page.goto("/settings/security");
    await expect(page.locator("ul.sessions > li")).toHaveCount(2);
    await page.getByRole("button", { name: /^Sign out: / }).click();
    await expect(page.getByText("That session has ended.")).toBeVisible();
    await expect(page.locator("ul.sessions > li")).toHaveCount(1);
    await phone.goto("/o/amani-wash");
    await expect(phone).toHaveURL(/\/login/);
  });

  await test.step("another password, which signs out everywhere else", async () => {
    await open(phone, old, FIRST);
    await page.goto("/settings/security");
    const section = page.locator("section, details").filter({ has: page.getByRole("button", { name: "Change the password" }) }).last();
    const change = async (current: string, wanted: string) => {
      await section.getByLabel("Password", { exact: true }).fill(current);
      await section.getByLabel("New password").fill(wanted);
      await section.getByRole("button", { name: "Change the password" }).click();
    };
    await change("not my password at all", SECOND);
    await expect(section.getByText("This is not your password.").first()).toBeVisible();
    await change(FIRST, "too short");
    await expect(section.getByText("Please take at least").first()).toBeVisible();
    await change(FIRST, SECOND);
    await expect(page.getByText("Your password is changed.")).toBeVisible();
    await phone.goto("/o/amani-wash");
    await expect(phone).toHaveURL(/\/login/);
    await open(phone, old, FIRST);
    await expect(phone.getByRole("alert")).toContainText("The e-mail, password or code is not right.");
  });

  await test.step("they show once more that it is them", async () => {
    await page.goto("/settings/confirm?next=/settings/inbox");
    await page.getByLabel("Password", { exact: true }).fill("not my password at all");
    await page.getByRole("main").getByRole("button").last().click();
    await expect(page.getByText("This is not your password.").first()).toBeVisible();
    await page.getByLabel("Password", { exact: true }).fill(SECOND);
    await page.getByRole("main").getByRole("button").last().click();
    await expect(page).toHaveURL(/\/settings\/inbox/);
  });

  await test.step("another address, which both are told of", async () => {
    await page.goto("/settings/account");
    await page.getByRole("textbox", { name: "E-mail" }).fill(next);
    await page.getByRole("button", { name: "Change the address" }).click();
    await expect(() => expect(lettersTo(old).join()).toMatch(/another address|other address/)).toPass({ timeout: 30_000 });
    await follow(page, await linkTo(next, "/settings/email"), info);
    await page.getByRole("button", { name: "Confirm" }).click();
    await expect(page).toHaveURL(/\/settings\/account/);
    await expect(page.getByRole("textbox", { name: "E-mail" })).toHaveValue(next);
    await open(phone, next, SECOND);
    await expect(phone).toHaveURL(/\/o\/amani-wash/);
  });

  await test.step("an authenticator is set up, replaced and taken off, with new recovery codes between", async () => {
    const setUp = async (button: string) => {
      await page.goto("/settings/security");
      await page.getByRole("button", { name: button }).click();
      const secret = (await page.locator("code.secret").innerText()).replaceAll(" ", "");
      await page.getByRole("textbox", { name: "Code" }).fill(execFileSync("oathtool", ["--totp", "-b", secret], { encoding: "utf8" }).trim());
      await page.getByRole("button", { name: "Confirm" }).click();
      await expect(page.getByText("Your second factor is set up.")).toBeVisible();
    };
    await setUp("Set up an authenticator");
    await expect(page.locator("ol.codes code")).toHaveCount(10);
    await phone.goto("/o/amani-wash");
    await expect(phone, "begun with a password alone, it proves too little now").toHaveURL(/\/login/);
    await setUp("Replace the authenticator");
    await page.goto("/settings/security");
    await page.getByRole("button", { name: "Make new codes" }).click();
    await expect(page.getByText("New recovery codes were made.")).toBeVisible();
    if (withScript(info)) expect(await faults(page)).toEqual([]);
    await page.goto("/settings/security");
    await page.getByRole("button", { name: "Take it off" }).click();
    await expect(page.getByText("Your second factor was taken off.")).toBeVisible();
  });

  await test.step("all of it stands in their news", async () => {
    await page.goto("/settings/inbox");
    for (const news of ["Signed in from a browser that was not seen before", "The password was changed", "The address was changed",
      "A second factor was added", "A second factor was taken off", "New recovery codes were made"]) {
      await expect(page.getByText(news).first()).toBeVisible();
    }
  });
  await phone.context().close();
  expect(complaints).toEqual([]);
});
