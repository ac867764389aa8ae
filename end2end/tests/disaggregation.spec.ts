// Figures broken down: a dimension of one's own, a breakdown with two dimensions, cells filled in by keyboard and from a spreadsheet, and
// the groups that a reviewer and a reader of the table see.
import { expect, test } from "@playwright/test";
import { another, faults, signIn, watchConsole, withScript } from "./help";

test("a figure is broken down by two dimensions", async ({ page, browser }, info) => {
  test.setTimeout(240_000);
  const complaints = watchConsole(page);
  const base = "/o/amani-wash/projects/wells";
  const kind = `Age of it ${info.project.name}`;
  // who comes without script comes second: a breakdown with figures stays
  const [code, unit] = withScript(info) ? ["committees_trained", "committees"] : ["wells_repaired", "wells"];
  const axe = async (where = page) => {
    if (withScript(info)) expect(await faults(where)).toEqual([]);
  };

  await test.step("a MEAL officer adds a dimension to the library", async () => {
    await signIn(page, "meal@amani.test");
    await page.goto("/o/amani-wash/library");
    await axe();
    await page.locator("summary", { hasText: "Add a dimension" }).click();
    await page.getByLabel("Name in English").fill(kind);
    await page.getByRole("button", { name: "Add" }).click();
    await expect(page.getByRole("alert")).toContainText("Please fill this in");
    await expect(page.getByLabel("Name in English")).toHaveValue(kind);
    await page.getByLabel("Values", { exact: true }).fill("New | Mpya\nOld | Ya zamani");
    await page.getByLabel("With a value for those").uncheck();
    await page.getByRole("button", { name: "Add" }).click();
    await expect(page.getByText("The dimension was added.")).toBeVisible();
    await axe();
  });

  await test.step("an indicator is broken down by it and by residence, from a quarter on", async () => {
    await page.goto(`${base}/indicators/${code}`);
    await page.locator("summary", { hasText: "Change what it is broken down by" }).click();
    await page.getByLabel("First dimension").selectOption({ label: kind });
    await page.getByLabel("Second dimension").selectOption({ label: "Residence status" });
    await page.getByLabel("From which period on").selectOption("2026-10-01");
    await axe();
    await page.locator("details", { hasText: "Change what it is broken down by" }).getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Saved.")).toBeVisible();
    await expect(page.getByText(`${kind} × Residence status, in periods from`)).toBeVisible();
  });

  const field = await another(browser, page, info);
  await signIn(field, "field@amani.test");
  const open = async () => {
    await field.goto(`${base}/entry`);
    const quarter = field.getByLabel("Period");
    const named = (await quarter.locator("option").allTextContents()).find((text) => /Q4.*2026|2026.*Q4/.test(text)) ?? "";
    await quarter.selectOption({ label: named });
    await field.getByLabel("Location").selectOption({ label: "Kasulu" });
    await field.getByRole("button", { name: "Show" }).click();
  };
  const cell = (row: string, column: string) => field.getByLabel(`${code}: ${row} · ${column}`);

  await test.step("cells are filled in, and the total follows", async () => {
    await open();
    await axe(field);
    if (withScript(info)) {
      // by keyboard alone: right, right, down, and back
      await cell("New", "Host community").click();
      await field.keyboard.type("4");
      await field.keyboard.press("ArrowRight");
      await field.keyboard.type("3");
      await expect(cell("New", "Internally displaced")).toHaveValue("3");
      await expect(field.getByText("The cells add up to 7.")).toBeVisible();
      await field.keyboard.press("ArrowDown");
      await expect(cell("Old", "Internally displaced")).toBeFocused();
      await field.keyboard.press("ArrowLeft");
      await expect(cell("Old", "Host community")).toBeFocused();
      // two rows copied from a spreadsheet, from the first cell on
      await cell("New", "Host community").focus();
      await field.evaluate(() => {
        const data = new DataTransfer();
        data.setData("text/plain", "4\t3\t0\t0\t1\t0\r\n2\t0\t0\t0\t0\t0\r\n");
        document.activeElement?.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      });
      await expect(cell("Old", "Host community")).toHaveValue("2");
      await expect(field.getByText("The cells add up to 10.")).toBeVisible();
    } else {
      const filled = [["4", "3", "0", "0", "1", "0"], ["2", "0", "0", "0", "0", "0"]];
      const columns = ["Host community", "Internally displaced", "Refugee", "Returnee", "Other", "Unknown"];
      for (const [row, name] of ["New", "Old"].entries()) {
        for (const [column, of] of columns.entries()) await cell(name, of).fill(filled[row][column]);
      }
    }
    const total = field.getByRole("textbox", { name: `${code}: ${unit}` });
    await total.fill("11");
    await field.getByRole("button", { name: "Save and submit" }).click();
    await expect(field.getByText("The total is not the sum of its cells.").first()).toBeVisible();
    await expect(field.getByText("The total differs from that by +1.")).toBeVisible();
    await axe(field);
    await total.fill("");
    await field.getByRole("button", { name: "Save and submit" }).click();
    await expect(field.getByText("submitted").first()).toBeVisible();
  });

  await test.step("the reviewer sees the groups and verifies", async () => {
    await page.goto(`${base}/review`);
    const named = (await page.getByLabel("Period").locator("option").allTextContents()).find((text) => /Q4.*2026|2026.*Q4/.test(text)) ?? "";
    await page.getByLabel("Period").selectOption({ label: named });
    await page.getByRole("button", { name: "Show" }).click();
    await page.locator("summary", { hasText: "12 groups" }).first().click();
    await expect(page.locator("dt", { hasText: "New · Internally displaced" })).toBeVisible();
    await axe();
    await page.getByRole("button", { name: /Verify the whole period/ }).click();
    await expect(page.locator(".notice.success")).toBeVisible();
  });

  await test.step("the table shows them beneath the indicator", async () => {
    await page.goto(`${base}/tracking?year=2026`);
    await page.getByLabel("Broken down by").selectOption({ label: kind });
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page.locator("tr.dim", { hasText: "New" })).toContainText("8");
    await axe();
  });
  expect(complaints).toEqual([]);
});
