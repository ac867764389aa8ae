// What a project learns: a lesson, an action that follows from it, its owner who does it, and who confirms that.
import { expect, type Page, test } from "@playwright/test";
import { another, faults, signIn, watchConsole, withScript } from "./help";

const BASE = "/o/amani-wash/projects/wells/learning";

/** Opens a folded form, unless it stands open. */
async function unfold(page: Page, summary: string) {
  const form = page.locator("details", { has: page.locator("summary", { hasText: summary }) });
  if ((await form.getAttribute("open")) === null) await form.locator("summary").click();
  return form;
}

test("a lesson is written down, and somebody does what follows from it", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const [lesson, action, question] = ["Sand wears the pumps", "Buy sand filters", "Why do pumps fail"].map((text) => `${text} ${info.project.name}`);
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };

  await test.step("a project manager asks a question and writes down what was learnt", async () => {
    await signIn(page, "pm@amani.test");
    await page.goto(BASE);
    await axe();
    const ask = await unfold(page, "Ask a question");
    await ask.getByLabel("Learning question").fill(question);
    await ask.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByText("The question was asked.")).toBeVisible();
    let write = await unfold(page, "Write something down");
    await write.getByLabel("Day", { exact: true }).fill("2026-03-05");
    await write.getByLabel("Why", { exact: true }).fill("Nobody flushed the wells");
    await write.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByText("Please fill this in.").first()).toBeVisible();
    await axe();
    write = await unfold(page, "Write something down");
    await expect(write.getByLabel("Why", { exact: true })).toHaveValue("Nobody flushed the wells");
    await write.getByLabel("What happened", { exact: true }).fill(lesson);
    await write.getByLabel("Learning question").selectOption({ label: question });
    await write.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByText("It was written down.")).toBeVisible();
    await page.screenshot({ path: info.outputPath("learning.png"), fullPage: true });
  });

  await test.step("and gives the field officer an action that was due yesterday", async () => {
    await page.locator("article", { hasText: lesson }).filter({ hasText: "Neema Mushi" }).getByRole("link").first().click();
    await expect(page.getByLabel("What happened", { exact: true })).toHaveValue(lesson);
    await axe();
    const give = await unfold(page, "Give somebody an action");
    await give.getByLabel("Title").fill(action);
    await give.getByLabel("Who does it").selectOption({ label: "Grace Akinyi" });
    await give.getByLabel("Due", { exact: true }).fill("2025-01-01");
    await give.getByRole("button", { name: "Add", exact: true }).click();
    await expect(page.getByRole("row", { name: new RegExp(action) })).toContainText("days overdue");
  });

  const field = await another(browser, page, info);
  await test.step("who finds it on the home page, and does it", async () => {
    await signIn(field, "field@amani.test");
    await field.getByRole("link", { name: new RegExp(`${action}: was due`) }).click();
    await field.getByLabel("Status").selectOption("done");
    await field.getByRole("button", { name: "Save" }).click();
    await expect(field.getByText("Please fill this in.").first()).toBeVisible();
    await field.getByLabel("What came of it").fill("Filters are in Kibondo");
    await field.getByRole("button", { name: "Save" }).click();
    await expect(field.getByRole("button", { name: "Confirm that it is done" })).toHaveCount(0);
    await axe(field);
  });

  await test.step("the project manager confirms it", async () => {
    await page.goto(BASE);
    await page.locator("summary", { hasText: "done or dropped" }).click();
    await page.getByRole("link", { name: action }).click();
    await page.getByRole("button", { name: "Confirm that it is done" }).click();
    await expect(page.getByText("It is confirmed that the action is done.")).toBeVisible();
    await axe();
  });

  await test.step("a rule is added, and switched off again", async () => {
    await page.goto(BASE);
    const rules = await unfold(page, "Rules that ask for an action");
    await rules.getByLabel("Indicator").selectOption({ index: withScript(info) ? 1 : 2 });
    await rules.getByLabel("Who does it").selectOption({ label: "Juma Kato" });
    await rules.getByRole("button", { name: "Add the rule" }).click();
    await expect(page.getByText("The rule holds from now on")).toBeVisible();
    const again = await unfold(page, "Rules that ask for an action");
    await axe();
    await again.getByRole("button", { name: /Switch off/ }).first().click();
    await expect(page.getByText("The rule was switched off.")).toBeVisible();
  });

  const viewer = await another(browser, page, info);
  await test.step("a viewer reads it all and changes nothing", async () => {
    await signIn(viewer, "viewer@amani.test");
    await viewer.goto(`${BASE}?kind=lesson`);
    await expect(viewer.getByText(lesson).first()).toBeVisible();
    await expect(viewer.getByRole("heading", { name: question })).toBeVisible();
    await expect(viewer.getByRole("button", { name: "Add", exact: true })).toHaveCount(0);
    await axe(viewer);
  });
  expect(complaints).toEqual([]);
});
