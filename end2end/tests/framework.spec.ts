// A results framework: levels, results in their order, approval, a revision by two people, and what it changed.
import { expect, test } from "@playwright/test";
import { another, faults, openWithCode, signIn, watchConsole, withScript } from "./help";

test("a framework is drawn up, approved and revised", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const code = `frame-${info.project.name}`;
  const base = `/o/amani-wash/projects/${code}`;
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };
  const add = async (under: string, title: string) => {
    await page.goto(base);
    const form = page.locator("details", { hasText: "Add a result" }).filter({ has: page.getByLabel("Under") });
    await form.locator("summary").click();
    if (under) await form.getByLabel("Under").selectOption({ label: under });
    await form.getByLabel("Title").fill(title);
    await form.getByLabel("Assumptions").fill("The roads stay open");
    await form.getByRole("button", { name: "Add result" }).click();
    await expect(page.getByText("The result was added.")).toBeVisible();
  };

  await test.step("a project begins, and people are assigned to it", async () => {
    await openWithCode(page, "admin@amani.test");
    await page.goto("/o/amani-wash/projects");
    await page.locator("summary", { hasText: "New project" }).click();
    await page.getByLabel("Title").fill(`Clinics ${info.project.name}`);
    await page.getByLabel("Code").fill(code);
    await page.getByLabel("First day").fill("2026-01-01");
    await page.getByLabel("Last day").fill("2026-12-31");
    await page.getByRole("button", { name: "Create project" }).click();
    for (const [who, role] of [["Neema Mushi", "Project manager"], ["Juma Kato", "MEAL officer"]]) {
      await page.goto(`${base}/setup`);
      await page.locator("summary", { hasText: "Assign somebody" }).click();
      const form = page.locator("details", { hasText: "Assign somebody" });
      const person = form.getByLabel("Person");
      const name = (await person.locator("option").allTextContents()).find((text) => text.includes(who)) ?? who;
      await person.selectOption({ label: name });
      await form.getByLabel("Role").selectOption({ label: role });
      await form.getByRole("button", { name: "Add" }).click();
    }
    await page.goto(base);
    await axe();
  });

  const pm = await another(browser, page, info);
  await signIn(pm, "pm@amani.test");
  const meal = await another(browser, page, info);
  await signIn(meal, "meal@amani.test");

  await test.step("levels are the donor's", async () => {
    await page.goto(`${base}/framework`);
    await page.locator("summary", { hasText: "Levels" }).click();
    const template = page.getByLabel("Template");
    await template.selectOption("ec");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
  });

  await test.step("results are added and put in order by keyboard alone", async () => {
    await add("", "Healthier families");
    await add("1 Healthier families", "Clinics are open");
    await add("1 Healthier families", "Mothers are seen");
    await page.goto(`${base}/framework`);
    await expect(page.getByText("Overall objective").first()).toBeVisible();
    await page.getByRole("button", { name: "Move up: Mothers are seen" }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator(".node", { hasText: "Mothers are seen" })).toContainText("1.1");
    await expect(page.locator(".node", { hasText: "Clinics are open" })).toContainText("1.2");
    await axe();
    await page.getByRole("link", { name: "Clinics are open" }).click();
    await page.getByLabel("Risks").fill("Strikes");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await axe();
  });

  await test.step("and measured", async () => {
    await page.goto(base);
    await page.locator("summary", { hasText: "Add an indicator" }).click();
    const form = page.locator("details", { hasText: "Add an indicator" });
    await form.getByLabel("Code").fill("visits");
    await form.getByLabel("Title").fill("Visits of mothers");
    await form.getByLabel("Measures the result").selectOption({ label: "1.1 Mothers are seen" });
    await form.getByRole("button", { name: "Add indicator" }).click();
    await expect(page.getByText("The indicator was added.")).toBeVisible();
  });

  await test.step("a manager approves, and nothing changes any more", async () => {
    await pm.goto(`${base}/framework`);
    await pm.locator("summary", { hasText: "Approve the framework" }).click();
    await pm.getByLabel("Reason").fill("as agreed at the inception workshop");
    await pm.getByRole("button", { name: "Approve the framework" }).click();
    await expect(pm.getByText("Approved. From now on it changes by a revision only.")).toBeVisible();
    await expect(pm.getByRole("button", { name: /Move up/ })).toHaveCount(0);
    await axe(pm);
    await page.goto(base);
    await expect(page.locator("summary", { hasText: "Add an indicator" })).toHaveCount(0);
  });

  await test.step("a MEAL officer begins a revision, and two people change one result", async () => {
    await meal.goto(`${base}/framework`);
    await meal.locator("summary", { hasText: "Begin a revision" }).click();
    await meal.getByLabel("Reason").fill("two districts joined");
    await meal.getByRole("button", { name: "Begin a revision" }).click();
    await expect(meal.getByText("The revision has begun.")).toBeVisible();
    for (const somebody of [meal, pm]) {
      await somebody.goto(`${base}/framework`);
      await somebody.getByRole("link", { name: "Mothers are seen" }).click();
    }
    await meal.getByLabel("Title").fill("Mothers of five districts are seen");
    await meal.getByRole("button", { name: "Save" }).click();
    await expect(meal.getByText("Saved.")).toBeVisible();
    await pm.getByLabel("Title").fill("Mothers are seen four times");
    await pm.getByRole("button", { name: "Save" }).click();
    const both = pm.locator(".notice", { hasText: "Nothing of either is lost" });
    await expect(both.getByRole("row", { name: /Title/ })).toContainText("Mothers of five districts are seen");
    await expect(both.getByRole("row", { name: /Title/ })).toContainText("Mothers are seen four times");
    await axe(pm);
    await pm.getByLabel("Title").fill("Mothers of five districts are seen four times");
    await pm.getByRole("button", { name: "Save" }).click();
    await expect(pm.getByText("Saved.")).toBeVisible();
  });

  await test.step("what it changed is told, and approved again", async () => {
    await pm.goto(`${base}/framework/changes`);
    await expect(pm.getByRole("row", { name: /^Title Mothers are seen/ })).toContainText("Mothers of five districts are seen four times");
    await axe(pm);
    await pm.goto(`${base}/framework`);
    await pm.locator("summary", { hasText: "Approve the framework" }).click();
    await pm.getByLabel("Reason").fill("the donor agreed");
    await pm.getByRole("button", { name: "Approve the framework" }).click();
    await pm.getByRole("link", { name: "Version 2" }).click();
    await expect(pm.getByRole("heading", { name: "Changes since version 1" })).toBeVisible();
    await expect(pm.getByText("The roads stay open").first()).toBeVisible();
    await axe(pm);
    await pm.goto(`${base}/framework/versions/1`);
    await expect(pm.getByText("Mothers of five districts")).toHaveCount(0);
  });
  expect(complaints).toEqual([]);
});
