//! A budget of a sheet: a row a line with columns by quarter, or a row for each line and quarter. Empty cells change nothing.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::heads::{Line, Table, What, Words};
use super::plan::Findings;
use crate::kernel::calendar::Frequency;
use crate::kernel::ids::{BudgetLineId, ResultNodeId};
use crate::kernel::text;
use crate::projects::budgets::{Amount, MOST_LINES};
use crate::projects::imports::{At, Log, number};

/// Planned and spent.
pub(super) type Pair = (Option<Decimal>, Option<Decimal>);

/// A line as the project has it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) id: BudgetLineId,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) node: Option<ResultNodeId>,
    pub(super) row_version: i32,
    /// By the first day of the quarter.
    pub(super) amounts: BTreeMap<NaiveDate, Pair>,
}

/// A budget as it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Money {
    /// The lines, by code.
    pub(super) lines: Vec<Standing>,
    /// The results by number.
    pub(super) nodes: HashMap<String, ResultNodeId>,
}

impl Money {
    /// The number of a result.
    pub(super) fn number(&self, node: Option<ResultNodeId>) -> String {
        let number = node.and_then(|node| self.nodes.iter().find(|(_, id)| **id == node));
        number.map(|(number, _)| number.clone()).unwrap_or_default()
    }
}

/// A line as it will stand, and the amounts that differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LineEdit {
    /// Which it is, and the version that was read; none for a new one.
    pub(super) there: Option<(BudgetLineId, i32)>,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) node: Option<ResultNodeId>,
    /// Whether its name or its result differs.
    pub(super) renamed: bool,
    pub(super) amounts: Vec<Amount>,
}

/// Something that a cell says, with its row.
type Said<T> = Option<(u32, T)>;

/// What a file says of one quarter of a line.
#[derive(Default)]
struct Quarter {
    planned: Option<(At, Decimal, String)>,
    spent: Option<(At, Decimal, String)>,
}

/// A line as it is read, from one row or several.
struct Draft<'m> {
    at: At,
    code: String,
    before: Option<&'m Standing>,
    name: Said<String>,
    node: Said<(String, Option<ResultNodeId>)>,
    quarters: BTreeMap<NaiveDate, Quarter>,
}

/// Plans lines and amounts.
pub(super) fn plan(table: &Table, words: &Words, money: &Money, findings: &mut Findings) -> Vec<LineEdit> {
    let is_long = table.has("quarter");
    let is_wide = table.columns.values().any(|head| matches!(head.what, What::Amount(..)));
    if (is_long && is_wide) || (!is_long && (table.has("planned") || table.has("spent"))) {
        findings.log.critical(At::row(0, table.row), "layout_unclear", "");
        return Vec::new();
    }
    let by_code: HashMap<&str, &Standing> = money.lines.iter().map(|line| (line.code.as_str(), line)).collect();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    let mut rows: HashMap<String, usize> = HashMap::new();
    for line in table.lines() {
        let log = &mut findings.log;
        let Some((at, code)) = line.code(log) else { continue };
        let draft = match rows.get(code).copied() {
            Some(draft) if is_long => draft,
            Some(earlier) => {
                log.error_beside(at, "line_twice", code, drafts.get(earlier).map_or(0, |draft| draft.at.row));
                continue;
            }
            None => {
                let before = by_code.get(code).copied();
                if before.is_none()
                    && let Err(fault) = text::code(code)
                {
                    log.error(at, &format!("fault_{fault}"), code);
                }
                let (name, node, quarters) = (None, None, BTreeMap::new());
                drafts.push(Draft { at, code: code.to_owned(), before, name, node, quarters });
                rows.insert(code.to_owned(), drafts.len() - 1);
                drafts.len() - 1
            }
        };
        if let Some(draft) = drafts.get_mut(draft) {
            read(line, draft, money, log);
            if is_long {
                read_long(table, line, draft, words, log);
            } else {
                read_wide(line, draft, log);
            }
        }
    }
    let fresh = drafts.iter().filter(|draft| draft.before.is_none()).count();
    let all = money.lines.len() + fresh;
    if fresh > 0 && i64::try_from(all).unwrap_or(i64::MAX) > MOST_LINES {
        findings.log.critical(At::row(0, table.row), "budget_full", &all.to_string());
    }
    drafts.into_iter().filter_map(|draft| told(table, draft, money, findings)).collect()
}

/// The name and the result of a line; of several rows none says otherwise than the first.
fn read(line: Line<'_>, draft: &mut Draft<'_>, money: &Money, log: &mut Log) {
    if let Some((at, name)) = line.cell("name") {
        match &draft.name {
            Some((row, said)) if said != name => log.error_beside(at, "line_differs", name, *row),
            Some(_) => {}
            None => {
                if draft.before.is_none_or(|before| before.name != name)
                    && let Err(fault) = text::line(name, 1, 200)
                {
                    log.error(at, &format!("fault_{fault}"), name);
                }
                draft.name = Some((at.row, name.to_owned()));
            }
        }
    } else if draft.before.is_none() && draft.name.is_none() {
        log.error(line.at, "name_missing", &draft.code);
        // said once, not for each quarter
        draft.name = Some((line.at.row, String::new()));
    }
    let Some((at, number)) = line.cell("result") else { return };
    match &draft.node {
        Some((row, (said, _))) if said != number => log.error_beside(at, "line_differs", number, *row),
        Some(_) => {}
        None => {
            let node = money.nodes.get(number).copied();
            if node.is_none() {
                log.error(at, "result_unknown", number);
            }
            draft.node = Some((at.row, (number.to_owned(), node)));
        }
    }
}

/// A row of a line and a quarter.
fn read_long(table: &Table, line: Line<'_>, draft: &mut Draft<'_>, words: &Words, log: &mut Log) {
    let amounts = [("planned", line.cell("planned")), ("spent", line.cell("spent"))];
    let Some((at, text)) = line.cell("quarter") else {
        if amounts.iter().any(|(_, cell)| cell.is_some()) {
            log.error(line.at, "quarter_missing", "");
        }
        return;
    };
    let Some(quarter) = words.quarter(text) else {
        log.error(at, "quarter_unknown", text);
        return;
    };
    for (field, cell) in amounts {
        if let Some((at, text)) = cell {
            let label = format!("{} {}", Frequency::Quarterly.period_name(quarter), table.head_of(field));
            amount(draft, quarter, field, (at, text), label, log);
        }
    }
}

/// A row of a line, with a column for each quarter.
fn read_wide(line: Line<'_>, draft: &mut Draft<'_>, log: &mut Log) {
    for (at, head, text) in line.others() {
        if let What::Amount(quarter, field) = &head.what {
            amount(draft, *quarter, field, (at, text), head.text.clone(), log);
        }
    }
}

fn amount(draft: &mut Draft<'_>, quarter: NaiveDate, field: &str, (at, text): (At, &str), label: String, log: &mut Log) {
    let value = match number(text) {
        Ok(value) => value,
        Err(code) => return log.error(at, code.as_str(), text),
    };
    let is_planned = field == "planned";
    // a refund may make less than nothing of what was spent
    if is_planned && value.is_sign_negative() && !value.is_zero() {
        return log.error(at, "fault_negative", text);
    }
    let there = draft.quarters.entry(quarter).or_default();
    let place = if is_planned { &mut there.planned } else { &mut there.spent };
    if let Some((earlier, ..)) = place {
        return log.error_beside(at, "quarter_twice", text, earlier.row);
    }
    *place = Some((at, value, label));
}

/// What a line changes; none where it changes nothing.
fn told(table: &Table, draft: Draft<'_>, money: &Money, findings: &mut Findings) -> Option<LineEdit> {
    let Draft { at, code, before, name, node, quarters } = draft;
    let mut differs = false;
    let (was_name, was_node) = before.map(|before| (before.name.clone(), before.node)).unwrap_or_default();
    let now_name = name.map_or_else(|| was_name.clone(), |(_, name)| name);
    let now_node = node.map_or(was_node, |(_, (_, node))| node);
    let renamed = was_name != now_name || was_node != now_node;
    if before.is_none() {
        findings.change(at.row, &code, "", String::new(), now_name.clone());
    } else if renamed {
        differs = true;
        if was_name != now_name {
            findings.change(at.row, &code, &table.head_of("name"), was_name, now_name.clone());
        }
        if was_node != now_node {
            findings.change(at.row, &code, &table.head_of("result"), money.number(was_node), money.number(now_node));
        }
    }
    let mut amounts = Vec::new();
    for (quarter, said) in quarters {
        let stands: Pair = before.and_then(|before| before.amounts.get(&quarter)).copied().unwrap_or_default();
        let mut amount = Amount { quarter, planned: stands.0, spent: stands.1 };
        for (said, place) in [(said.planned, &mut amount.planned), (said.spent, &mut amount.spent)] {
            let Some((at, value, label)) = said.filter(|(_, value, _)| *place != Some(*value)) else { continue };
            let old = place.map(|value| value.normalize().to_string()).unwrap_or_default();
            findings.change(at.row, &code, &label, old, value.normalize().to_string());
            *place = Some(value);
        }
        if (amount.planned, amount.spent) != stands {
            differs = true;
            amounts.push(amount);
        }
    }
    let made = &mut findings.made;
    *match (before, differs) {
        (None, _) => &mut made.fresh,
        (Some(_), true) => &mut made.changed,
        (Some(_), false) => &mut made.same,
    } += 1;
    let there = before.map(|before| (before.id, before.row_version));
    (differs || there.is_none()).then_some(LineEdit { there, code, name: now_name, node: now_node, renamed, amounts })
}
