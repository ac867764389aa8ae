//! The results of a sheet: which level and number each has, where it hangs, and whether the framework has it already.

use std::collections::{BTreeMap, HashMap};

use super::super::{Node, NodeForm};
use super::words::{Numbered, Words, dotted};
use crate::kernel::error::Error;
use crate::kernel::ids::ResultNodeId;
use crate::projects::imports::{At, Log};

/// A result: one that the framework has, or one that the sheet brings, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    There(ResultNodeId),
    New(usize),
}

/// A result that is made.
#[derive(Clone, Debug)]
pub struct NewResult {
    /// The row that it stands in.
    pub row: u32,
    /// Depth, 0 at the top.
    pub level: i16,
    /// The number that it gets.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What it hangs on; none at the top.
    pub(super) parent: Option<Slot>,
    /// How many siblings stand before it.
    pub(super) sort: usize,
    pub(super) form: NodeForm,
}

/// A result as the sheet says it.
struct Draft {
    at: At,
    depth: usize,
    parts: Vec<u32>,
    form: NodeForm,
}

/// Where a row says that it belongs.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    /// The result; none under the heading of those that hang on none.
    pub(super) slot: Option<Slot>,
    /// How deep it is.
    pub(super) depth: usize,
    /// Its number, every part said.
    pub(super) number: String,
    /// Whether a row of its own says so for the rows beneath.
    pub(super) is_heading: bool,
}

impl Standing {
    /// Under no result: by its heading, or because what the heading says is wrong, which was noted.
    pub(super) fn none() -> Self {
        Self { slot: None, depth: 0, number: String::new(), is_heading: true }
    }
}

/// The framework as it stands, and the level names by which a sheet is read.
pub(super) struct Tree<'a> {
    nodes: &'a [Node],
    levels: (&'a str, &'a [String]),
    words: &'a Words,
    /// Results by number: which, and the row that said it first.
    known: HashMap<String, (Slot, Option<u32>)>,
    drafts: Vec<Draft>,
}

/// The texts of a result in a row.
pub(super) struct Said<'r> {
    /// The level, with its cell.
    pub(super) level: Option<(At, &'r str)>,
    /// The number, with its cell.
    pub(super) number: Option<(At, &'r str)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(nodes: &'a [Node], template: &'a str, own_levels: &'a [String], words: &'a Words) -> Self {
        let known = nodes.iter().map(|node| (node.number.clone(), (Slot::There(node.id), None))).collect();
        Self { nodes, levels: (template, own_levels), words, known, drafts: Vec::new() }
    }

    /// How deep a level is.
    pub(super) fn depth(&self, text: &str) -> Option<usize> {
        self.words.depth(text, self.levels.0, self.levels.1)
    }

    /// Whether a heading is that of indicators under no result.
    pub(super) fn is_loose(&self, text: &str) -> bool {
        self.words.is_loose(text)
    }

    /// Depth and number, every part said; what is wrong is noted.
    fn place(&self, log: &mut Log, row: At, said: &Said<'_>) -> Option<(usize, Vec<u32>)> {
        let (level_at, level) = said.level.unwrap_or((row, ""));
        let depth = self.depth(level);
        if depth.is_none() {
            log.error(level_at, if level.is_empty() { "level_missing" } else { "level_unknown" }, level);
        }
        let (number_at, text) = said.number.unwrap_or((row, ""));
        let Some(numbered) = Numbered::of(text) else {
            log.error(number_at, "result_number_invalid", text);
            return None;
        };
        let parts = numbered.full(depth?);
        if parts.is_none() {
            let code = if numbered.parts.is_empty() { "result_number_missing" } else { "result_number_depth" };
            log.error(number_at, code, text);
        }
        Some((depth?, parts?))
    }

    /// A result that a row says with its title.
    pub(super) fn result(&mut self, log: &mut Log, row: At, title_at: At, said: &Said<'_>, form: NodeForm) -> Option<Standing> {
        let (depth, parts) = self.place(log, row, said)?;
        let number = dotted(&parts);
        let standing = |slot| Some(Standing { slot: Some(slot), depth, number: number.clone(), is_heading: true });
        match self.known.get(&number).copied() {
            Some((slot, Some(earlier))) => {
                log.error_beside(said.number.map_or(row, |(at, _)| at), "result_twice", &number, earlier);
                standing(slot)
            }
            Some((slot, None)) => {
                let there = self.nodes.iter().find(|node| node.number == number);
                if there.is_some_and(|node| !alike(&node.title, &form.title)) {
                    log.error(title_at, "result_differs", &form.title);
                }
                self.known.insert(number.clone(), (slot, Some(row.row)));
                standing(slot)
            }
            None => standing(self.draft(log, title_at, depth, parts, form)),
        }
    }

    /// A result that a row only refers to: where there is none, it is made with what is known of it.
    pub(super) fn refer(&mut self, log: &mut Log, row: At, said: &Said<'_>) -> Option<Standing> {
        let (depth, parts) = self.place(log, row, said)?;
        let number = dotted(&parts);
        let slot = if let Some((slot, _)) = self.known.get(&number) {
            *slot
        } else {
            let (at, level) = said.level.unwrap_or((row, ""));
            let title = format!("{level} {}", said.number.and_then(|(_, text)| Numbered::of(text)).unwrap_or_default().number());
            log.warning(at, "result_untitled", title.trim());
            self.draft(log, at, depth, parts, NodeForm::titled(title.trim()))
        };
        Some(Standing { slot: Some(slot), depth, number, is_heading: false })
    }

    fn draft(&mut self, log: &mut Log, at: At, depth: usize, parts: Vec<u32>, form: NodeForm) -> Slot {
        if let Err(Error::Invalid(invalid)) = form.parse() {
            for fault in invalid.0.values() {
                log.error(at, &format!("fault_{fault}"), &form.title);
            }
        }
        let slot = Slot::New(self.drafts.len());
        self.known.insert(dotted(&parts), (slot, Some(at.row)));
        self.drafts.push(Draft { at, depth, parts, form });
        slot
    }

    /// How many results the framework has and gets.
    pub(super) fn count(&self) -> usize {
        self.nodes.len() + self.drafts.len()
    }

    /// The results that are made, parents before their children, and the number of each result by its slot in the order of the sheet.
    pub(super) fn finish(self, log: &mut Log) -> (Vec<NewResult>, Vec<Option<(usize, String)>>) {
        let mut order: Vec<usize> = (0..self.drafts.len()).collect();
        order.sort_by(|a, b| self.drafts[*a].parts.cmp(&self.drafts[*b].parts));
        // what each result is and is called in the end, by the number that the sheet gives it
        let mut done: BTreeMap<String, (Slot, String)> =
            self.nodes.iter().map(|node| (node.number.clone(), (Slot::There(node.id), node.number.clone()))).collect();
        let mut beneath: HashMap<String, usize> = HashMap::new();
        for node in self.nodes {
            *beneath.entry(above(&node.number).to_owned()).or_default() += 1;
        }
        let (mut results, mut places) = (Vec::new(), vec![None; self.drafts.len()]);
        for at in order {
            let draft = &self.drafts[at];
            let said = dotted(&draft.parts);
            let parent_number = above(&said).to_owned();
            let parent = done.get(&parent_number).cloned();
            if draft.depth > 0 {
                match self.known.get(&parent_number) {
                    None => log.error(draft.at, "parent_missing", &said),
                    Some((Slot::New(_), Some(later))) if *later > draft.at.row => {
                        log.error_beside(draft.at, "parent_later", &said, *later);
                    }
                    Some(_) => {}
                }
                if parent.is_none() {
                    continue;
                }
            }
            let sort = beneath.get(&parent_number).copied().unwrap_or_default();
            *beneath.entry(parent_number).or_default() += 1;
            let number = parent.as_ref().map_or_else(|| (sort + 1).to_string(), |(_, number)| format!("{number}.{}", sort + 1));
            if number != said {
                log.warning(draft.at, "number_shifted", &format!("{said} → {number}"));
            }
            let slot = Slot::New(results.len());
            done.insert(said, (slot, number.clone()));
            places[at] = Some((results.len(), number.clone()));
            results.push(NewResult {
                row: draft.at.row,
                level: i16::try_from(draft.depth).unwrap_or(i16::MAX),
                number,
                title: draft.form.title.clone(),
                parent: parent.map(|(slot, _)| slot),
                sort,
                form: draft.form.clone(),
            });
        }
        (results, places)
    }
}

/// The number of the result above; empty at the top.
fn above(number: &str) -> &str {
    number.rsplit_once('.').map_or("", |(above, _)| above)
}

/// Whether two titles read the same.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(a) == words(b)
}
