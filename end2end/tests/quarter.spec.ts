// A MEAL officer's quarter: framework and approval, targets, figures of three people with a conflict and a return, the period as a whole,
// its lock, a figure that is mended afterwards, the report, and the IATI file. docs/tour-meal.md tells the same on paper.
import { expect, type Page, test } from "@playwright/test";
import { another, approveReport, faults, openWithCode, signIn, watchConsole, withScript, writeReport } from "./help";

test("a MEAL officer's quarter", async ({ page: admin, browser }, info) => {
  test.setTimeout(300_000);
  const complaints = watchConsole(admin);
  const code = `quarter-${info.project.name}`;
  const base = `/o/amani-wash/projects/${code}`;
  const axe = async (page: Page) => {
    if (withScript(info)) expect(await faults(page)).toEqual([]);
  };
  const unfold = async (page: Page, summary: string) => {
    const form = page.locator("details", { has: page.locator("summary", { hasText: summary }) }).first();
    await form.locator("summary").first().click();
    return form;
  };
  const person = async (email: string) => {
    const page = await another(browser, admin, info);
    await signIn(page, email);
    return page;
  };

  await test.step("a project begins", async () => {
    await openWithCode(admin, "admin@amani.test");
    await admin.goto("/o/amani-wash/projects");
    const form = await unfold(admin, "New project");
    await form.getByLabel("Title").fill(`Water for a quarter ${info.project.name}`);
    await form.getByLabel("Code").fill(code);
    await form.getByLabel("Summary").fill("Wells are repaired in two villages.");
    await form.getByLabel("First day").fill("2026-01-01");
    await form.getByLabel("Last day").fill("2026-12-31");
    await form.getByRole("button", { name: "Create project" }).click();
    for (const [who, role] of [["Neema Mushi", "Project manager"], ["Juma Kato", "MEAL officer"], ["Grace Akinyi", "Field officer"]]) {
      await admin.goto(`${base}/setup`);
      const assign = await unfold(admin, "Assign somebody");
      const names = await assign.getByLabel("Person").locator("option").allTextContents();
      await assign.getByLabel("Person").selectOption({ label: names.find((text) => text.includes(who)) ?? who });
      await assign.getByLabel("Role").selectOption({ label: role });
      await assign.getByRole("button", { name: "Add" }).click();
    }
  });
  const [pm, meal, field] = [await person("pm@amani.test"), await person("meal@amani.test"), await person("field@amani.test")];

  await test.step("the officer sets up framework, indicator, periods, places and targets", async () => {
    await meal.goto(base);
    const result = await unfold(meal, "Add a result");
    await result.getByLabel("Title").fill("Families drink clean water");
    await result.getByRole("button", { name: "Add result" }).click();
    const indicator = await unfold(meal, "Add an indicator");
    await indicator.getByLabel("Code").fill("wells");
    await indicator.getByLabel("Title").fill("Wells repaired");
    await indicator.getByLabel("Frequency").selectOption({ label: "quarterly" });
    await indicator.getByLabel("Measures the result").selectOption({ label: "1 Families drink clean water" });
    await indicator.getByRole("button", { name: "Add indicator" }).click();
    await expect(meal.getByText("The indicator was added.")).toBeVisible();
    await meal.goto(`${base}/setup`);
    const periods = await unfold(meal, "Make periods");
    await periods.getByLabel("Frequency").selectOption({ label: "quarterly" });
    await periods.getByLabel("From").fill("2026-01-01");
    await periods.getByLabel("To").fill("2026-12-31");
    await periods.getByRole("button", { name: "Make periods" }).click();
    for (const [place, name] of [["NRT", "North village"], ["STH", "South village"]]) {
      const location = await unfold(meal, "Add a location");
      await location.getByLabel("Code").fill(`${place}-${info.project.name.slice(0, 2)}`);
      await location.getByLabel("Name").fill(name);
      await location.getByRole("button", { name: "Add" }).click();
    }
    await meal.goto(`${base}/indicators/wells`);
    await meal.getByLabel("Target: 2026 Q3").fill("30");
    await meal.getByRole("button", { name: "Save targets" }).click();
    await expect(meal.getByText("Saved.").first()).toBeVisible();
    await pm.goto(`${base}/framework`);
    const approve = await unfold(pm, "Approve the framework");
    await approve.getByLabel("Reason").fill("as agreed at the inception workshop");
    await approve.getByRole("button", { name: "Approve the framework" }).click();
    await expect(pm.getByText("Approved. From now on it changes by a revision only.")).toBeVisible();
  });

  const enter = async (page: Page, place: string, figure: string, button: string) => {
    await page.goto(`${base}/entry`);
    await page.getByLabel("Period").selectOption({ label: (await page.getByLabel("Period").locator("option").allTextContents()).find((text) => text.startsWith("2026 Q3")) });
    await page.getByLabel("Location").selectOption({ label: place });
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByLabel(/^wells:/).first().fill(figure);
    if (button) await page.getByRole("button", { name: button }).click();
  };

  await test.step("three people enter, two of them the same figure, and nothing is lost", async () => {
    await enter(field, "North village", "9", "Save and submit for review");
    await expect(field.getByText("Saved and submitted for review.")).toBeVisible();
    await enter(pm, "South village", "11", "");
    await enter(meal, "South village", "12", "Save draft");
    await pm.getByRole("button", { name: "Save and submit for review" }).click();
    await expect(pm.getByText("Stands now: 12")).toBeVisible();
    await expect(pm.getByLabel(/^wells:/).first()).toHaveValue("11");
    await axe(pm);
    await pm.getByRole("button", { name: "Save and submit for review" }).click();
    await expect(pm.getByText("Saved and submitted for review.")).toBeVisible();
  });

  await test.step("one is returned, mended, and both are verified by somebody else", async () => {
    await meal.goto(`${base}/review`);
    await meal.getByLabel("wells, North village").check();
    await meal.getByLabel("Note").fill("The register says 8");
    await meal.getByRole("button", { name: "Return the chosen" }).click();
    await expect(meal.getByText("Done.").first()).toBeVisible();
    await enter(field, "North village", "8", "Save and submit for review");
    await meal.goto(`${base}/review`);
    await meal.getByRole("button", { name: /Verify the whole period/ }).click();
    await expect(meal.getByText("Done.").first()).toBeVisible();
  });

  await test.step("the period is submitted with a reason, verified and locked", async () => {
    await meal.goto(`${base}/entry`);
    await meal.getByLabel("Period").selectOption({ label: (await meal.getByLabel("Period").locator("option").allTextContents()).find((text) => text.startsWith("2026 Q3")) });
    await meal.getByRole("button", { name: "Show" }).click();
    await meal.getByRole("link", { name: "Submit 2026 Q3 as a whole" }).click();
    await meal.getByRole("button", { name: "Submit the period" }).click();
    await expect(meal.getByText("Say why the figure is off its target").first()).toBeVisible();
    await axe(meal);
    await meal.getByLabel(/Why is it off its target/).fill("Spare parts came late");
    await meal.getByLabel("Narrative").fill("Two villages were reached.");
    await meal.getByRole("button", { name: "Submit the period" }).click();
    await expect(meal.getByText("This period was submitted")).toBeVisible();
    await meal.screenshot({ path: `test-results/period-${info.project.name}.png`, fullPage: true });
    await pm.goto(meal.url().split("?")[0] ?? "");
    await pm.getByRole("button", { name: "Verify the period" }).click();
    await expect(pm.getByText("The period is verified.")).toBeVisible();
    await axe(pm);
    // a field officer reads why, by whom, and who can change it
    await field.goto(`${base}/entry`);
    await field.getByLabel("Period").selectOption({ label: (await field.getByLabel("Period").locator("option").allTextContents()).find((text) => text.startsWith("2026 Q3")) });
    await field.getByRole("button", { name: "Show" }).click();
    await expect(field.getByText("Juma Kato submitted it on")).toBeVisible();
    await pm.goto(`${base}/setup`);
    await pm.getByRole("button", { name: "Lock 2026 Q3" }).click();
    await expect(pm.getByText("The period is locked.")).toBeVisible();
    await field.reload();
    await expect(field.getByText("Neema Mushi locked it on")).toBeVisible();
    await axe(field);
  });

  await test.step("a report tells the figure, and another one that it was mended", async () => {
    const publish = async (title: string) => {
      await meal.goto(`${base}/reports`);
      await approveReport(pm, await writeReport(meal, title, "2026-Q3", "Two villages were reached."));
      await expect(pm.getByText("Version 1").first()).toBeVisible();
    };
    await publish("The third quarter");
    await pm.goto(`${base}/setup`);
    const row = pm.getByRole("row").filter({ hasText: "2026 Q3" });
    await row.locator("summary", { hasText: "Unlock" }).click();
    await row.getByLabel("Reason").fill("the register was counted anew");
    await row.getByRole("button", { name: "Unlock" }).click();
    await expect(pm.getByText("The period is unlocked.")).toBeVisible();
    await pm.goto(`${base}/tracking/explain?indicator=wells&column=2026-Q3`);
    await expect(pm.getByText("Spare parts came late")).toBeVisible();
    await pm.getByLabel("Take back the verification of North village, 2026 Q3").click();
    await pm.getByRole("row").filter({ hasText: "North village" }).getByLabel("Reason").fill("one well was counted twice");
    await pm.getByRole("button", { name: "Take back" }).first().click();
    await expect(pm.getByText("The verification was taken back: the value is returned.")).toBeVisible();
    await enter(field, "North village", "7", "Save and submit for review");
    await meal.goto(`${base}/review`);
    await meal.getByRole("button", { name: /Verify the whole period/ }).click();
    await publish("The third quarter, mended");
    await pm.goto(`${base}/tracking?year=2026`);
    await expect(pm.getByRole("row").filter({ hasText: "wells" }).first()).toContainText("18");
    await axe(pm);
  });

  await test.step("the IATI file is mended where the page says, and given out", async () => {
    await pm.goto(`${base}/reports`);
    await pm.getByRole("link", { name: "IATI file" }).click();
    await expect(pm.getByRole("heading", { name: "What the checks say" })).toBeVisible();
    if ((await pm.getByText("The schema of the standard is not installed").count()) > 0) {
      console.log("skipped: the schema of the IATI standard was not fetched");
      return;
    }
    await expect(pm.getByText("Name a sector.")).toBeVisible();
    await axe(pm);
    await pm.getByLabel("Their identifier").fill("XM-EXAMPLE-1");
    await pm.getByLabel("Kind of organisation").selectOption("22");
    await pm.getByLabel("Identifier of the activity").fill(`XM-EXAMPLE-1-${code}`);
    await pm.getByLabel("Sectors").fill("14030");
    await pm.getByLabel("Countries").fill("TZ");
    await pm.getByRole("button", { name: "Save" }).click();
    await expect(pm.getByRole("button", { name: "Download the file to publish" })).toBeVisible();
    await pm.screenshot({ path: `test-results/iati-${info.project.name}.png`, fullPage: true });
    const [file] = await Promise.all([pm.waitForEvent("download"), pm.getByRole("button", { name: "Download the file to publish" }).click()]);
    expect(file.suggestedFilename()).toBe(`${code}-iati.xml`);
  });
  expect(complaints).toEqual([]);
});
