// An organisation's own sign-in, with a real provider: set up by its administrator, used by somebody new, demanded, and taken away.
import { writeFileSync } from "node:fs";
import { expect, type Page, test, type TestInfo } from "@playwright/test";
import { faults, open, openWithCode, watchConsole, withScript } from "./help";
import { NAMES, PORTS, PROVIDER } from "./stage";

/** The two runs are two organisations. */
const place = (info: TestInfo) => withScript(info) ? { org: "amani-wash", domain: "amani.test" } : { org: "baraka-health", domain: "baraka.test" };

/** Signs in at the provider, and agrees that this site may know. */
async function atProvider(page: Page, name: string) {
  await expect(page).toHaveURL((url) => url.origin === PROVIDER);
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.locator("button[type=submit]", { hasText: "Continue" }).click();
}

test("an organisation's own sign-in", async ({ browser, page: admin }, info) => {
  const page = await (await browser.newContext()).newPage();
  const complaints = [watchConsole(admin), watchConsole(page)];
  const { org, domain } = place(info);
  const settings = `/o/${org}/admin/sign-in`;
  await openWithCode(admin, `admin@${domain}`);
  await admin.goto(`/o/${org}/admin/members`);
  await admin.getByRole("link", { name: "Sign-in of your organisation" }).click();
  await admin.getByLabel("Issuer").fill(`http://localhost:${PORTS.nobody}`);
  await admin.getByLabel("Client ID").fill(`kipimo-${info.project.name}`);
  await admin.getByLabel("Client secret").fill("a secret of the provider");
  await admin.getByLabel("Domain").fill(domain);
  await admin.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByText("There is no provider that answers there").first()).toBeVisible();
  await admin.getByLabel("Issuer").fill(PROVIDER);
  await admin.getByLabel("Client secret").fill("a secret of the provider");
  await admin.getByRole("button", { name: "Save" }).click();

  const record = admin.locator("code", { hasText: "kipimo-domain=" });
  await expect(record).toBeVisible();
  if (withScript(info)) expect(await faults(admin)).toEqual([]);
  writeFileSync(NAMES, "v=spf1 -all");
  await admin.getByRole("button", { name: "Check the record" }).click();
  await expect(admin.getByText("The domain does not say so (yet).")).toBeVisible();
  writeFileSync(NAMES, await record.innerText());
  await admin.getByRole("button", { name: "Check the record" }).click();
  await expect(admin.getByText("Members can sign in by your provider from now on.")).toBeVisible();
  await admin.getByLabel("Group", { exact: true }).fill("meal");
  await admin.getByLabel("Role", { exact: true }).selectOption("meal_officer");
  await admin.getByRole("button", { name: "Add" }).click();
  await expect(admin.getByText("meal → MEAL officer")).toBeVisible();
  await admin.getByRole("button", { name: "Demand it" }).click();
  await expect(admin.getByText("must sign in by your provider")).toBeVisible();
  if (withScript(info)) expect(await faults(admin)).toEqual([]);

  // a password leads no further than to the provider
  await open(page, `pm@${domain}`);
  await page.goto(`/o/${org}/projects`);
  await expect(page.getByRole("heading", { name: "Sign in with your organisation" })).toBeVisible();
  await page.context().clearCookies();

  // somebody whom Kipimo has never heard of
  await page.goto("/login");
  await page.getByRole("link", { name: "Sign in with your organisation" }).click();
  await page.getByLabel("E-mail").fill("somebody@nowhere.test");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByText("There is no organisation with a sign-in of its own")).toBeVisible();
  await page.getByLabel("E-mail").fill(`zawadi@${domain}`);
  await page.getByRole("button", { name: "Continue" }).click();
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.getByRole("link", { name: /^Continue with/ }).click();
  await atProvider(page, `zawadi@${domain}`);
  await expect(page.getByRole("heading", { name: "Hello, Zawadi Moyo" })).toBeVisible();
  await page.goto(`/o/${org}/admin/roles`);
  await expect(page.locator("main")).toContainText("MEAL officer");
  await page.context().clearCookies();

  // and who turns back at the provider is told so
  await page.goto("/login/organisation");
  await page.getByLabel("E-mail").fill(`zawadi@${domain}`);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("link", { name: /^Continue with/ }).click();
  await page.getByRole("link", { name: "[ Cancel ]" }).click();
  await expect(page.getByText("You did not come through the sign-in of your organisation.")).toBeVisible();
  if (withScript(info)) expect(await faults(page)).toEqual([]);

  await admin.goto(settings);
  await admin.locator("summary", { hasText: "Take the sign-in away" }).click();
  await admin.getByRole("button", { name: "Take the sign-in away" }).click();
  await expect(admin.getByText("The sign-in is taken away.")).toBeVisible();
  expect(complaints.flat()).toEqual([]);
});
