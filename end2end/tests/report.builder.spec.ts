// A report is built: from a template, its sections written by several, talked over, changed, approved by somebody else, published.
import { expect, type Page, test } from "@playwright/test";
import { another, faults, signIn, watchConsole, withScript } from "./help";

const REPORTS = "/o/amani-wash/projects/wells/reports";

/** Opens a folded form, unless it stands open. */
async function unfold(page: Page, summary: string) {
  const form = page.locator("details", { has: page.locator("summary", { hasText: summary }) });
  if ((await form.getAttribute("open")) === null) await form.locator("summary").click();
  return form;
}

/** Writes the section that is shown. */
async function write(page: Page, text: string, status: string) {
  const form = page.getByRole("region", { name: "Text", exact: true });
  await form.getByRole("textbox", { name: "Text", exact: true }).fill(text);
  await form.getByLabel("Status").selectOption(status);
  await form.getByRole("button", { name: "Save" }).click();
}

test("a report is written by several and approved by another", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const title = `Wells, built ${info.project.name}`;
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };
  let report = "";

  await test.step("a MEAL officer begins it from a template, and gives the summary to the field officer", async () => {
    await signIn(page, "meal@amani.test");
    await page.goto(REPORTS);
    if ((await page.getByText("No reports yet").count()) === 0) await page.locator("summary", { hasText: "New report" }).click();
    await page.getByLabel("Title").fill(title);
    await page.getByLabel("Quarter or year").selectOption("2025");
    await page.getByLabel("Begins with").selectOption({ label: "Short report" });
    await page.getByRole("button", { name: "Create report" }).click();
    await expect(page.getByRole("heading", { name: title })).toBeVisible();
    report = new URL(page.url()).pathname;
    await expect(page.getByText("these sections have to be ready")).toBeVisible();
    await axe();
    await page.getByRole("table").getByRole("link", { name: "Summary" }).click();
    await axe();
    const plan = await unfold(page, "Title, content and who writes it");
    await plan.getByLabel("Written by").selectOption({ label: "Grace Akinyi" });
    await plan.getByRole("button", { name: "Save" }).click();
    await page.goto(report);
    await expect(page.getByRole("row", { name: /Summary/ })).toContainText("Grace Akinyi");
  });

  const field = await another(browser, page, info);
  await test.step("who finds it on the home page, and writes it", async () => {
    await signIn(field, "field@amani.test");
    await field.getByRole("link", { name: "Write the section: Summary" }).first().click();
    await write(field, "# Rain\n\nIt **rained**; see [the report](https://example.org).\n\n- one\n- two", "ready");
    await expect(field.getByRole("heading", { name: "Rain" })).toBeVisible();
    await expect(field.getByRole("link", { name: "the report" })).toHaveAttribute("rel", /nofollow/);
    await axe(field);
  });

  await test.step("the others are written, and read as they will be published", async () => {
    for (const name of ["Progress by result", "What comes next"]) {
      await page.goto(report);
      await page.getByRole("table").getByRole("link", { name }).click();
      await write(page, `${name}: as planned.`, "ready");
    }
    await page.goto(`${report}/preview`);
    await expect(page.getByText("What comes next: as planned.")).toBeVisible();
    await axe();
    await page.screenshot({ path: info.outputPath("preview.png"), fullPage: true });
    await page.goto(report);
    await page.getByRole("button", { name: "Hand over for review" }).click();
  });

  const pm = await another(browser, page, info);
  await test.step("a project manager comments and asks for changes", async () => {
    await signIn(pm, "pm@amani.test");
    await pm.getByRole("link", { name: `Read and approve the report: ${title}` }).click();
    await axe(pm);
    await pm.getByRole("table").getByRole("link", { name: "What comes next" }).click();
    await pm.getByLabel("Comment", { exact: true }).fill("Until when?");
    await pm.getByRole("button", { name: "Comment", exact: true }).click();
    await expect(pm.getByText("Until when?")).toBeVisible();
    await pm.goto(report);
    const form = await unfold(pm, "Ask for changes");
    await form.getByLabel("What is to be changed").fill("Name a day");
    await form.getByRole("button", { name: "Ask for changes" }).click();
    await expect(pm.getByText("Name a day")).toBeVisible();
  });

  await test.step("which are made, and the report is approved and published", async () => {
    await page.goto(report);
    await page.getByRole("table").getByRole("link", { name: "What comes next" }).click();
    await write(page, "What comes next: until the end of June.", "ready");
    await page.getByRole("button", { name: /^Settled/ }).click();
    await page.goto(report);
    await page.getByRole("button", { name: "Hand over for review" }).click();
    await pm.goto(report);
    await pm.getByRole("button", { name: "Approve" }).click();
    await pm.getByRole("button", { name: "Publish" }).click();
    await pm.getByRole("link", { name: "Version 1", exact: true }).click();
    await expect(pm.getByText("until the end of June.")).toBeVisible();
    await expect(pm.getByText("Until when?")).toHaveCount(0);
    await axe(pm);
    await pm.screenshot({ path: info.outputPath("published.png"), fullPage: true });
  });
  expect(complaints).toEqual([]);
});

test("a template of the organisation is made and changed", async ({ page }, info) => {
  const name = `For an agency ${info.project.name}`;
  await signIn(page, "meal@amani.test");
  await page.goto("/o/amani-wash/library");
  await page.getByRole("link", { name: "Templates of reports" }).click();
  const form = await unfold(page, "New template");
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Begins with").selectOption({ label: "Short report" });
  await form.getByRole("button", { name: "Make the template" }).click();
  await page.getByLabel("Title, 4").fill("Thanks");
  await page.getByLabel("Number, 4").fill("1");
  if (withScript(info)) expect(await faults(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Title, 1")).toHaveValue(/Summary|Thanks/);
  await page.goto(REPORTS);
  if ((await page.getByText("No reports yet").count()) === 0) await page.locator("summary", { hasText: "New report" }).click();
  await expect(page.getByLabel("Begins with").locator("option", { hasText: name })).toHaveCount(1);
});
