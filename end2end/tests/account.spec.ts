// One's own account: a second factor, passkeys, a forgotten password, an invitation. The two runs are different people.
import { execFileSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { PASSWORD } from "./demo";
import { faults, open, openWithCode, watchConsole, withScript } from "./help";
import { follow, linkTo } from "./letters";

test("an authenticator is set up, asked for, and a recovery code stands in for it once", async ({ page }, info) => {
  const complaints = watchConsole(page);
  const email = withScript(info) ? "viewer@baraka.test" : "field@baraka.test";
  await open(page, email);
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Set up an authenticator" }).click();
  await expect(page.getByAltText("The secret as a picture")).toBeVisible();
  const secret = (await page.locator("code.secret").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code").fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Each works once and for half a minute").first()).toBeVisible();
  const code = execFileSync("oathtool", ["--totp", "-b", secret], { encoding: "utf8" }).trim();
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByText("Your second factor is set up.")).toBeVisible();
  const codes = await page.locator("ol.codes code").allInnerTexts();
  expect(codes).toHaveLength(10);

  await page.context().clearCookies();
  await open(page, email);
  await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  await page.getByLabel("Code").fill(codes[0]);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL(/\/o\/baraka-health/);
  await page.goto("/settings/security");
  await expect(page.getByText("9 are left.")).toBeVisible();
  await page.goto("/settings/inbox");
  await expect(page.getByText("A recovery code was used to sign in")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a passkey is made, signs in, and proves its owner again", async ({ page }, info) => {
  test.skip(!withScript(info), "passkeys need script");
  const complaints = watchConsole(page);
  const browser = await page.context().newCDPSession(page);
  await browser.send("WebAuthn.enable");
  await browser.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true },
  });
  await open(page, "meal@baraka.test");
  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Name").fill("Salma's phone");
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await expect(page.getByText("Your second factor is set up.")).toBeVisible();
  await expect(page.locator("ol.codes code")).toHaveCount(10);
  await expect(page.getByText("Salma's phone")).toBeVisible();

  await page.context().clearCookies();
  await open(page, "meal@baraka.test");
  await expect(page, "the password alone opens nothing").toHaveURL(/\/login\/code/);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(/\/o\/baraka-health/);

  await page.goto("/settings/confirm?next=/settings/account");
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(/\/settings\/account$/);

  await page.goto("/settings/security");
  await page.getByRole("button", { name: "Take it off: Salma's phone" }).click();
  await expect(page.getByText("Your second factor was taken off.")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("a forgotten password is replaced by a link from a mail", async ({ page }, info) => {
  const complaints = watchConsole(page);
  const email = withScript(info) ? "pm@baraka.test" : "pm@amani.test";
  await page.goto("/login");
  await page.getByRole("link", { name: "I have forgotten my password" }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await expect(page.getByText("If there is an account of this address")).toBeVisible();
  await follow(page, await linkTo(email, "/reset"), info);
  await page.getByLabel("New password").fill("too short");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Please take at least 12 characters.").first()).toBeVisible();
  if (withScript(info)) {
    await page.getByRole("button", { name: "Show the password" }).click();
    await expect(page.getByLabel("New password")).toHaveAttribute("type", "text");
  } else {
    await page.getByLabel("Your link").fill(await linkTo(email, "/reset"));
  }
  // the demonstration's own, so that the other walks go on
  await page.getByLabel("New password").fill(PASSWORD);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your new password is set.")).toBeVisible();
  await open(page, email);
  await expect(page).toHaveURL(/\/o\//);
  expect(complaints).toEqual([]);
});

test("somebody is invited and joins", async ({ page }, info) => {
  const complaints = watchConsole(page);
  const email = `zawadi.${info.project.name}@amani.test`;
  await openWithCode(page, "admin@amani.test");
  await page.goto("/o/amani-wash/admin/members");
  await page.locator("summary", { hasText: "Invite somebody" }).click();
  await page.getByLabel("Work addresses").fill(`${email}\nno address`);
  await page.getByRole("group", { name: "Roles" }).first().getByLabel("Field officer").check();
  await page.getByRole("button", { name: "Send the invitation" }).click();
  await expect(page.getByLabel("Work addresses"), "who could not be invited stays").toHaveValue("no address");
  await expect(page.locator("li", { hasText: email })).toBeVisible();
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.context().clearCookies();

  await follow(page, await linkTo(email, "/invite"), info);
  await page.getByLabel("Name").fill("Zawadi Moyo");
  await page.getByLabel("New password").fill("mnazi ziwa upepo kumi");
  if (withScript(info)) {
    await expect(page.locator("output")).toHaveText("strong");
    expect(await faults(page)).toEqual([]);
  }
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByText("Welcome. Sign in with your new password.")).toBeVisible();
  await open(page, email, "mnazi ziwa upepo kumi");
  await expect(page.getByRole("heading", { name: "Hello, Zawadi Moyo" })).toBeVisible();
  expect(complaints).toEqual([]);
});
