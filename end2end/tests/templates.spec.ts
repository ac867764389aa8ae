// A template of the organisation's own: made from a shipped one, a project begins with it, and its results are put in order.
import { expect, type Page, test } from "@playwright/test";
import { another, faults, openWithCode, signIn, watchConsole, withScript } from "./help";

/** Drags a result by its grip to another one's place. */
async function drag(page: Page, title: string, onto: string, where: "above" | "beneath") {
  const node = (text: string) => page.locator(".node", { hasText: text });
  await node(title).locator(".grip").scrollIntoViewIfNeeded();
  const from = await node(title).locator(".grip").boundingBox();
  const to = await node(onto).boundingBox();
  if (!from || !to) throw new Error("nothing to drag");
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + from.width / 2, where === "above" ? to.y + 2 : to.y + to.height + 6, { steps: 5 });
  await page.mouse.up();
}

test("a template is made, a project begins with it, and results are put in order", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const name = `Ours ${info.project.name}`;
  const base = `/o/amani-wash/projects/orchards-${info.project.name}`;
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };

  const meal = await another(browser, page, info);
  await test.step("a MEAL officer copies a shipped template and changes it", async () => {
    await signIn(meal, "meal@amani.test");
    await meal.goto("/o/amani-wash/library");
    await meal.getByRole("link", { name: "Open the templates" }).click();
    await meal.getByRole("link", { name: "Copy: FCDO" }).click();
    const form = meal.locator("#template-new");
    const level = (n: number) => form.getByRole("group", { name: `Level ${n}` });
    await expect(level(1).getByLabel("Name of the level in English")).toHaveValue("Impact");
    await axe(meal);
    await form.getByLabel("Name", { exact: true }).fill(name);
    await level(1).getByLabel("Name of the level in English").fill("Vision");
    await level(1).getByLabel("Its results carry indicators").uncheck();
    await level(2).getByLabel("Name of the level in English").fill("Vision");
    for (const n of [3, 4]) {
      await level(n).getByLabel("Name of the level in English").fill("");
      await level(n).getByLabel("Name of the level in Swahili").fill("");
    }
    await form.getByRole("button", { name: "Add" }).click();
    await expect(meal.getByText("This is there twice.").first()).toBeVisible();
    await expect(level(1).getByLabel("Its results carry indicators")).not.toBeChecked();
    await axe(meal);
    await level(2).getByLabel("Name of the level in English").fill("Fruit");
    await form.getByRole("button", { name: "Add" }).click();
    await expect(meal.getByText("The template was made.")).toBeVisible();
    await axe(meal);
  });

  await test.step("an administrator begins a project with it", async () => {
    await openWithCode(page, "admin@amani.test");
    await page.goto("/o/amani-wash/projects");
    await page.locator("summary", { hasText: "New project" }).click();
    await page.getByLabel("Title").fill(`Orchards ${info.project.name}`);
    await page.getByLabel("Code").fill(`orchards-${info.project.name}`);
    await page.getByLabel("First day").fill("2026-01-01");
    await page.getByLabel("Last day").fill("2026-12-31");
    await page.getByLabel("Template").selectOption({ label: `${name}: Vision → Fruit` });
    await page.getByRole("button", { name: "Create project" }).click();
    for (const [under, title] of [["", "Green hills"], ["1 Green hills", "Mangoes"], ["1 Green hills", "Oranges"], ["1 Green hills", "Papayas"]]) {
      await page.goto(base);
      const form = page.locator("details", { hasText: "Add a result" }).filter({ has: page.getByLabel("Under") });
      await form.locator("summary").click();
      if (under) await form.getByLabel("Under").selectOption({ label: under });
      await form.getByLabel("Title").fill(title);
      await form.getByRole("button", { name: "Add result" }).click();
      await expect(page.getByText("The result was added.")).toBeVisible();
    }
  });

  await test.step("a level that carries no indicators is not offered for one", async () => {
    await page.goto(base);
    await page.locator("summary", { hasText: "Add an indicator" }).click();
    const results = page.locator("details", { hasText: "Add an indicator" }).getByLabel("Measures the result").locator("option");
    await expect(results.filter({ hasText: "Mangoes" })).toHaveCount(1);
    await expect(results.filter({ hasText: "Green hills" })).toHaveCount(0);
  });

  const number = (title: string) => page.locator(".node", { hasText: title }).locator(".number");
  await test.step("results are put in order by keyboard", async () => {
    await page.goto(`${base}/framework`);
    await expect(page.locator(".level", { hasText: "Vision" })).toBeVisible();
    await page.getByRole("button", { name: "Move up: Oranges" }).focus();
    await page.keyboard.press("Enter");
    await expect(number("Oranges")).toHaveText("1.1");
    await expect(page).toHaveURL(/#node-/);
    await axe();
  });

  if (withScript(info)) {
    await test.step("and by dragging", async () => {
      await drag(page, "Papayas", "Oranges", "above");
      await expect(page.locator("#tree-told")).toHaveText("Moved: “Papayas” now stands at place 1 of 3.");
      await expect(number("Papayas")).toHaveText("1.1");
      await expect(page.locator(".node", { hasText: "Papayas" })).toBeFocused();
      await drag(page, "Papayas", "Mangoes", "beneath");
      await expect(page.locator("#tree-told")).toContainText("place 3 of 3");
      await expect(number("Oranges")).toHaveText("1.1");
      await page.reload();
      await expect(number("Papayas")).toHaveText("1.3");
      await axe();
    });

    await test.step("what cannot be sent comes back, and what changed meanwhile is said", async () => {
      await page.route("**/fn/framework/place", (route) => route.abort());
      await drag(page, "Mangoes", "Oranges", "above");
      await expect(page.locator("#tree-told")).toContainText("The answer did not come");
      await expect(page.locator(".tree ul > li").first()).toContainText("Oranges");
      await page.unroute("**/fn/framework/place");
      // the browser tells of the request that was cut off
      complaints.splice(0);
      // somebody else puts it elsewhere, and this page does not know yet
      const other = await page.context().newPage();
      await other.goto(`${base}/framework`);
      await other.getByRole("button", { name: "Move up: Mangoes" }).click();
      await expect(other.getByText("Moved.")).toBeVisible();
      await drag(page, "Mangoes", "Papayas", "beneath");
      await expect(page.locator("#tree-told")).toContainText("A colleague changed the order");
      await expect(number("Mangoes")).toHaveText("1.1");
    });
  }

  await test.step("the template changes, and the project keeps what it took", async () => {
    await meal.goto("/o/amani-wash/templates");
    await meal.getByRole("link", { name, exact: true }).click();
    await meal.getByRole("group", { name: "Level 2" }).getByLabel("Name of the level in English").fill("Harvest");
    await meal.getByRole("button", { name: "Save" }).click();
    await expect(meal.getByText("Saved.")).toBeVisible();
    await axe(meal);
    await page.goto(`${base}/framework`);
    await expect(page.locator(".level", { hasText: "Fruit" }).first()).toBeVisible();
    await expect(page.locator(".level", { hasText: "Harvest" })).toHaveCount(0);
  });
  expect(complaints).toEqual([]);
});
