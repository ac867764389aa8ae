// A week of who administers an organisation: people are invited and assigned, a second administrator is granted, a token comes and
// goes, and somebody asks who changed this.
import { expect, test } from "@playwright/test";
import { another, faults, open, openWithCode, signIn, watchConsole, withScript } from "./help";
import { follow, linkTo } from "./letters";

const ORG = "/o/amani-wash";
const PASSWORD = "mnazi ziwa upepo kumi";

test("a week of an administrator", async ({ page, browser }, info) => {
  test.setTimeout(300_000);
  const complaints = watchConsole(page);
  const run = info.project.name;
  const emails = [...Array(10).keys()].map((n) => `week${n}.${run}@amani.test`);
  const name = `Rehema ${run}`;
  await openWithCode(page, "admin@amani.test");

  await test.step("ten people are invited at once", async () => {
    await page.goto(`${ORG}/admin/members`);
    await page.locator("summary", { hasText: "Invite somebody" }).click();
    await page.getByLabel("Work addresses").fill(emails.join("\n"));
    await page.getByRole("group", { name: "Roles" }).first().getByLabel("Field officer").check();
    await page.getByRole("button", { name: "Send the invitation" }).click();
    for (const email of emails) await expect(page.locator("li", { hasText: email })).toBeVisible();
  });

  const other = await another(browser, page, info);
  await test.step("one of them joins", async () => {
    await follow(other, await linkTo(emails[0], "/invite"), info);
    await other.getByLabel("Name").fill(name);
    await other.getByLabel("New password").fill(PASSWORD);
    await other.getByRole("button", { name: "Join" }).click();
    await open(other, emails[0], PASSWORD);
    await expect(other.getByRole("heading", { name: `Hello, ${name}` })).toBeVisible();
    await other.goto(`${ORG}/projects`);
    await expect(other.getByRole("link", { name: "Wells that last" })).toHaveCount(0);
  });

  await test.step("and is assigned to a project, and to a place in it", async () => {
    await page.goto(`${ORG}/projects/wells/setup`);
    await page.locator("summary", { hasText: "Assign somebody" }).click();
    await page.getByLabel("Person").selectOption({ label: name });
    const form = page.locator("details", { hasText: "Assign somebody" });
    await form.getByLabel("Role").selectOption({ label: "Field officer" });
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByRole("link", { name: `Places: ${name}` }).click();
    await page.getByRole("checkbox").first().check();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await page.goto(`${ORG}/projects/wells/setup`);
    await expect(page.getByRole("row", { name })).toContainText("1 location");
    await other.goto(`${ORG}/projects`);
    await expect(other.getByRole("link", { name: "Wells that last" })).toBeVisible();
  });

  await test.step("what they see stands on their page", async () => {
    await page.goto(`${ORG}/admin/members?q=${encodeURIComponent(name)}`);
    await page.getByRole("link", { name }).click();
    await page.locator("summary", { hasText: "What can this person see and do?" }).click();
    await expect(page.getByRole("row", { name: "Enter and submit figures" })).toContainText("Wells that last");
    if (withScript(info)) expect(await faults(page)).toEqual([]);
  });

  await test.step("they are kept to a programme, and then no longer", async () => {
    const member = page.url();
    await page.goto(`${ORG}/admin/settings`);
    await page.getByRole("link", { name: "Programmes and client organisations" }).click();
    const fresh = page.locator("details", { hasText: "Name one" });
    if ((await fresh.getAttribute("open")) === null) await page.locator("summary", { hasText: "Name one" }).click();
    await page.getByLabel("Name").fill(`South ${run}`);
    await page.getByLabel("What it is").selectOption({ label: "Client organisation" });
    await page.getByRole("button", { name: "Add" }).click();
    await expect(page.getByText("Named. Now tick its projects.")).toBeVisible();
    await page.getByRole("checkbox", { name: "Camps" }).check();
    await page.getByRole("button", { name: "Save" }).first().click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await expect(page.getByRole("checkbox", { name: "Camps" })).toBeChecked();
    if (withScript(info)) expect(await faults(page)).toEqual([]);
    const keep = async (kept: boolean) => {
      await page.goto(member);
      await page.locator("summary", { hasText: "Change" }).click();
      await page.getByLabel("Works in").selectOption(kept ? "programmes" : "everywhere");
      await page.getByLabel(`South ${run}`).setChecked(kept);
      await page.locator("section", { hasText: "Kept to" }).getByRole("button", { name: "Save" }).click();
      await expect(page.getByText("Saved.")).toBeVisible();
    };
    await keep(true);
    await expect(page.getByText("rests: it is outside of what they are kept to")).toBeVisible();
    if (withScript(info)) expect(await faults(page)).toEqual([]);
    await other.goto(`${ORG}/projects`);
    await expect(other.getByRole("link", { name: "Wells that last" })).toHaveCount(0);
    await keep(false);
    await other.goto(`${ORG}/projects`);
    await expect(other.getByRole("link", { name: "Wells that last" })).toBeVisible();
  });

  await test.step("a second administrator is asked for, and a colleague decides", async () => {
    await page.locator("summary", { hasText: "Ask for a role that takes two" }).click();
    const form = page.locator("details", { hasText: "Ask for a role that takes two" });
    await form.getByLabel("Role").selectOption({ label: "Administrator" });
    await form.getByLabel("Reason").fill("somebody must stand in for me in August");
    await form.getByRole("button", { name: "Ask" }).click();
    await expect(page.getByText("Asked. Whoever may decide is told by mail.")).toBeVisible();
    await expect(page.getByRole("button", { name: `Grant: ${name}` }), "who asked does not decide").toHaveCount(0);
    const focal = await another(browser, page, info);
    await openWithCode(focal, "safeguarding@amani.test");
    await focal.goto(`${ORG}/admin/members`);
    await focal.getByRole("button", { name: `Grant: ${name}` }).click();
    await expect(focal.getByText("Decided.")).toBeVisible();
    await focal.context().close();
    await page.goto(`${ORG}/admin/members?q=${encodeURIComponent(name)}`);
    await expect(page.getByRole("row", { name })).toContainText("Administrator");
    await other.goto(ORG);
    await expect(other, "who rules sets a second factor up first").toHaveURL(/\/settings\/security/);
  });

  await test.step("a token is made, shown once, and ended", async () => {
    await page.goto(`${ORG}/admin/tokens`);
    await page.locator("summary", { hasText: "Make a token" }).click();
    await page.getByLabel("Name").fill(`Power BI ${run}`);
    await page.getByLabel("Days").fill("30");
    await page.getByLabel("Read projects, figures").check();
    await page.getByRole("button", { name: "Make the token" }).click();
    await expect(page.getByText("Copy it now: it is not shown again.")).toBeVisible();
    expect(await page.content()).toMatch(/kipimo_pat_[A-Za-z0-9]+/);
    await page.goto(`${ORG}/admin/tokens`);
    expect(await page.content()).not.toMatch(/kipimo_pat_[A-Za-z0-9]{10}/);
    await page.getByRole("button", { name: `End it: Power BI ${run}` }).click();
    await expect(page.getByText("The token has ended.")).toBeVisible();
  });

  await test.step("who changed this?", async () => {
    const manager = await another(browser, page, info);
    await signIn(manager, "pm@amani.test");
    await manager.goto(`${ORG}/projects/wells`);
    await manager.locator("summary", { hasText: "Edit project" }).click();
    await manager.getByLabel("Title").last().fill(`Wells that last, ${run}`);
    await manager.locator("details", { hasText: "Edit project" }).getByRole("button", { name: "Save" }).click();
    await expect(manager.getByText("Saved.")).toBeVisible();
    await manager.locator("summary", { hasText: "Edit project" }).click();
    await manager.getByLabel("Title").last().fill("Wells that last");
    await manager.locator("details", { hasText: "Edit project" }).getByRole("button", { name: "Save" }).click();
    await expect(manager.getByText("Saved.")).toBeVisible();
    await manager.context().close();

    await page.goto(`${ORG}/audit`);
    await page.getByLabel("What").selectOption({ label: "Projects" });
    await page.getByRole("button", { name: "Show" }).click();
    await page.getByRole("link", { name: "Changed a project" }).first().click();
    await page.getByRole("link", { name: "Everything about this object" }).click();
    await expect(page.getByText("Only what is about one thing.")).toBeVisible();
    await page.getByRole("link", { name: "Row changed: project" }).nth(1).click();
    await expect(page.getByRole("row", { name: "Title" })).toContainText(`Wells that last, ${run}`);

    await page.goto(`${ORG}/audit?action=project.`);
    await page.locator("summary", { hasText: /filter/ }).click();
    await page.getByLabel("Name").fill(`Projects ${run}`);
    await page.getByRole("button", { name: "Save this filter" }).click();
    await expect(page.getByText("The filter is saved.")).toBeVisible();
    await page.goto(`${ORG}/audit`);
    await page.locator("summary", { hasText: /filter/ }).click();
    await page.getByRole("link", { name: `Projects ${run}` }).click();
    await expect(page).toHaveURL(/action=project\./);
    await page.getByRole("link", { name: "Export the log" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("amani-wash-log.csv");
    await page.goto(`${ORG}/audit?action=project.`);
    await page.locator("summary", { hasText: /filter/ }).click();
    await page.getByRole("button", { name: `Delete: Projects ${run}` }).click();
    await expect(page.getByText("The filter is deleted.")).toBeVisible();
  });

  await test.step("somebody is looked for", async () => {
    await page.goto(ORG);
    if (withScript(info)) {
      await page.keyboard.press("Control+k");
      await page.keyboard.type(`rehema ${run}`);
      await expect(page.getByRole("dialog").getByRole("link", { name })).toBeVisible();
      expect(await faults(page)).toEqual([]);
      await page.keyboard.press("Enter");
    } else {
      await page.getByRole("link", { name: "Search" }).click();
      await page.getByLabel("Project, indicator, report or person").fill(`rehema ${run}`);
      await page.getByRole("button", { name: "Find" }).click();
      await page.getByRole("link", { name }).click();
    }
    await expect(page.getByRole("heading", { name })).toBeVisible();
  });

  await test.step("who leaves is let go", async () => {
    await page.locator("summary", { hasText: "Let them go" }).click();
    await page.locator("details", { hasText: "Let them go" }).getByLabel("Reason").fill("the contract has ended");
    await page.getByRole("button", { name: "Let them go" }).click();
    await expect(page.getByText("They are no longer a member.")).toBeVisible();
    await other.goto(ORG);
    await expect(other.getByRole("heading", { name: `Hello, ${name}` })).toHaveCount(0);
  });
  expect(complaints).toEqual([]);
});
