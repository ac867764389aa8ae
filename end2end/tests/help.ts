import AxeBuilder from "@axe-core/playwright";
import { type Browser, expect, type Page, type TestInfo } from "@playwright/test";
import { codeAt } from "./codes";
import { PASSWORD } from "./demo";
import { SITE } from "./stage";

/** Signs in as a person of `amani-wash` who owes no second factor. */
export async function signIn(page: Page, email: string) {
  await open(page, email);
  await expect(page).toHaveURL(/\/o\/amani-wash/);
}

/** Fails the test on anything that the browser complains of: an island that does not wake says so only there. */
export function watchConsole(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    // what somebody else's page complains of is theirs
    if (!page.url().startsWith(SITE)) return;
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

/** What axe finds against WCAG 2.2 AA, a line each. Needs JavaScript in the page. */
export async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  return violations.map((v) => `${new URL(page.url()).pathname}: ${v.id} ${v.nodes[0]?.html}`);
}

/** Whether the browser of this run has JavaScript. */
export const withScript = (info: TestInfo) => info.project.name === "script";

/** Types an address and a password into the page to sign in. */
export async function open(page: Page, email: string, password = PASSWORD) {
  await page.goto("/login");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The same for somebody who is asked for a code, and is led to a page of their own. */
export async function openWithCode(page: Page, email: string, first = /\/o\//) {
  await open(page, email);
  await expect(page.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  await expect(async () => {
    await page.getByLabel("Code").fill(codeAt());
    await page.getByRole("button", { name: "Continue" }).click();
    await expect(page).toHaveURL(first, { timeout: 1_000 });
  }, "a code that another walk has used is waited out").toPass({ timeout: 60_000, intervals: [8_000] });
}

/** A browser of its own, of the same kind as the page's: somebody else, or the same person elsewhere. */
export async function another(browser: Browser, page: Page, info: TestInfo): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: withScript(info), viewport: page.viewportSize(), locale: "en-GB",
    reducedMotion: "reduce" });
  return context.newPage();
}

/** On the page of a project's reports: writes one of one section, and hands it over. Answers its address. */
export async function writeReport(page: Page, title: string, span: string, text: string): Promise<string> {
  if ((await page.getByText("No reports yet").count()) === 0) await page.locator("summary", { hasText: "New report" }).click();
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Quarter or year").selectOption(span);
  await page.getByRole("button", { name: "Create report" }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  const report = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Narrative", exact: true }).click();
  await page.getByRole("textbox", { name: "Text", exact: true }).fill(text);
  await page.getByLabel("Status").selectOption("ready");
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.goto(report);
  await page.getByRole("button", { name: "Hand over for review" }).click();
  await expect(page.getByText("The report was handed over for review.")).toBeVisible();
  return report;
}

/** Approves and publishes a report that somebody else handed over. */
export async function approveReport(page: Page, report: string) {
  await page.goto(report);
  await page.getByRole("button", { name: "Approve" }).click();
  await expect(page.getByText("The report is approved.")).toBeVisible();
  await page.getByRole("button", { name: "Publish" }).click();
}
