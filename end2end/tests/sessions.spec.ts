// Signing in and out, the second factor, the language, and what a stranger sees.
import { expect, test } from "@playwright/test";
import { codeAt } from "./codes";
import { PASSWORD } from "./demo";
import { signIn, watchConsole } from "./help";

test("a wrong password keeps the e-mail and says why", async ({ page }) => {
  const complaints = watchConsole(page);
  await page.goto("/login");
  await page.getByLabel("E-mail").fill("viewer@amani.test");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toContainText("The e-mail, password or code is not right.");
  await expect(page.getByLabel("E-mail")).toHaveValue("viewer@amani.test");
  await expect(page.getByLabel("Password")).toHaveValue("");
  expect(page.url()).not.toContain("password");

  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Hello, Tom Becker" })).toBeVisible();
  expect(complaints).toEqual([]);
});

test("who is signed out is led back to the page they wanted, and after signing out sees nothing more", async ({ page }) => {
  await page.goto("/o/amani-wash/projects/wells");
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel("E-mail").fill("pm@amani.test");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/o\/amani-wash\/projects\/wells$/);

  const session = await page.context().cookies();
  await page.locator("summary", { hasText: "Neema Mushi, account" }).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/login$/);
  // the old cookie opens nothing: the session ended on the server, not only in this browser
  await page.context().addCookies(session);
  await page.goto("/o/amani-wash");
  await expect(page).toHaveURL(/\/login/);
});

test("a code is asked for, a wrong one is refused, and each works only once", async ({ page }, info) => {
  // a code works once for a person: the runs, which may fall into the same thirty seconds, are people who sign in nowhere else
  const [email, home] =
    info.project.name === "script" ? ["safeguarding@amani.test", "/o/amani-wash"] : ["safeguarding@baraka.test", "/o/baraka-health"];
  const password = async () => {
    await page.goto("/login");
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  };
  const confirm = async (code: string) => {
    await page.getByLabel("Code").fill(code);
    await page.getByRole("button", { name: "Continue" }).click();
  };

  await password();
  await page.goto(home);
  await expect(page, "a password alone opens nothing").toHaveURL(/\/login\/code/);
  // of an hour ago: right once, and long over
  await confirm(codeAt(Date.now() - 3_600_000));
  await expect(page.getByRole("alert")).toContainText("The e-mail, password or code is not right.");
  await expect(page.getByLabel("Code")).toHaveValue("");

  const code = codeAt();
  await confirm(code);
  await expect(page).toHaveURL(new RegExp(`${home}$`));

  await page.context().clearCookies();
  await password();
  await confirm(code);
  await expect(page.getByRole("alert")).toContainText("A code works only once");
});

test("the language changes to Swahili and back, on the page where one is", async ({ page }) => {
  const complaints = watchConsole(page);
  await signIn(page, "meal@amani.test");
  await page.goto("/o/amani-wash/projects/wells/tracking?year=2025");
  await page.locator("summary", { hasText: "Language:" }).click();
  await page.getByRole("button", { name: "Kiswahili" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "sw");
  await expect(page).toHaveURL(/\/projects\/wells\/tracking\?year=2025$/);
  await expect(page.getByRole("link", { name: "Miradi" }).first()).toBeAttached();

  await page.locator("summary", { hasText: "Lugha:" }).click();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  expect(complaints).toEqual([]);
});

test("another organisation's pages and pages that do not exist are the same 404", async ({ page }) => {
  await signIn(page, "pm@amani.test");
  const answer = async (path: string) => {
    const response = await page.goto(path);
    return { status: response?.status(), body: await response?.text() };
  };
  const nowhere = await answer("/o/no-such-organisation");
  expect(nowhere.status).toBe(404);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  for (const path of ["/o/baraka-health", "/o/baraka-health/projects/clinics", "/o/amani-wash/projects/clinics", "/nowhere"]) {
    expect(await answer(path), path).toEqual(nowhere);
  }
});
