//! What lies in what, and how deep: parents that are there, no place within itself, and a level beneath that of what it lies in.

use std::collections::HashMap;

use super::{Codes, DEEPEST, Draft, Place};
use crate::kernel::ids::LocationId;
use crate::projects::imports::{At, Log};

/// What lies in what, in the file and beneath it.
pub(super) struct Forest<'a> {
    pub(super) codes: &'a Codes<'a>,
    /// The drafts by code.
    pub(super) rows: &'a HashMap<String, usize>,
}

impl Forest<'_> {
    /// The draft of a code.
    fn draft<'d, 'p>(&self, drafts: &'d [Draft<'p>], code: &str) -> Option<(usize, &'d Draft<'p>)> {
        let at = *self.rows.get(code)?;
        Some((at, drafts.get(at)?))
    }

    /// Every place that is named as a parent is there, or is made, and is another one.
    pub(super) fn check_parents(&self, drafts: &mut [Draft<'_>], log: &mut Log) {
        for draft in drafts {
            let Some(parent) = draft.edit.parent.clone() else { continue };
            let is_there = self.rows.contains_key(&parent) || self.codes.by_code.contains_key(parent.as_str());
            let code = if parent == draft.edit.code {
                "location_cycle"
            } else if is_there {
                continue;
            } else {
                "location_parent_unknown"
            };
            log.error(draft.parent_at, code, &parent);
            draft.edit.parent = None;
        }
    }

    /// Which drafts lie within themselves.
    pub(super) fn cycles(&self, drafts: &[Draft<'_>]) -> Vec<bool> {
        // the walk that came by: nobody goes a way twice
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut cyclic = vec![false; drafts.len()];
        for (walk, draft) in drafts.iter().enumerate() {
            let mut here = Some(draft.edit.code.clone());
            let mut path: Vec<String> = Vec::new();
            while let Some(code) = here {
                if let Some(earlier) = seen.get(&code) {
                    if *earlier == walk {
                        let first = path.iter().position(|other| *other == code).unwrap_or(path.len());
                        for (at, _) in path.iter().skip(first).filter_map(|code| self.draft(drafts, code)) {
                            if let Some(is) = cyclic.get_mut(at) {
                                *is = true;
                            }
                        }
                    }
                    break;
                }
                seen.insert(code.clone(), walk);
                here = self.parent(drafts, &code);
                path.push(code);
            }
        }
        cyclic
    }

    /// The code of what a place will lie in.
    fn parent(&self, drafts: &[Draft<'_>], code: &str) -> Option<String> {
        match self.draft(drafts, code) {
            Some((_, draft)) => draft.edit.parent.clone(),
            None => self.codes.by_code.get(code).and_then(|place| self.codes.parent(place)).map(str::to_owned),
        }
    }

    /// How deep a place will lie, as far as that is known.
    fn level(&self, drafts: &[Draft<'_>], code: &str) -> Option<i16> {
        match self.draft(drafts, code) {
            Some((_, draft)) => draft.level,
            None => self.codes.by_code.get(code).map(|place| place.level),
        }
    }

    /// Gives new places that do not say how deep they lie a level beneath what they lie in.
    pub(super) fn set_levels(&self, drafts: &mut [Draft<'_>], cyclic: &[bool]) {
        let mut done = vec![false; drafts.len()];
        for first in 0..drafts.len() {
            let mut open = vec![first];
            while let Some(&at) = open.last() {
                let Some(draft) = drafts.get(at) else { break };
                let is_left = draft.level.is_some() || cyclic.get(at).copied().unwrap_or(true);
                let above = draft.edit.parent.clone();
                let level = match above {
                    _ if is_left => None,
                    None => Some(0),
                    Some(parent) => match (self.level(drafts, &parent), self.draft(drafts, &parent)) {
                        (Some(level), _) => Some(level.saturating_add(1)),
                        // first what it lies in
                        (None, Some((above, _))) if !done.get(above).copied().unwrap_or(true) => {
                            open.push(above);
                            continue;
                        }
                        (None, _) => None,
                    },
                };
                if let (Some(draft), Some(level)) = (drafts.get_mut(at), level) {
                    draft.level = Some(level);
                }
                if let Some(is) = done.get_mut(at) {
                    *is = true;
                }
                open.pop();
            }
        }
    }

    /// A place lies deeper than what it lies in. What the file does not touch is not judged.
    pub(super) fn check_levels(&self, drafts: &mut [Draft<'_>], cyclic: &[bool], places: &[Place], log: &mut Log) {
        let mut sunk = Vec::new();
        let all: &[Draft<'_>] = drafts;
        for (draft, _) in all.iter().zip(cyclic).filter(|(_, is)| !**is) {
            let Some(level) = draft.level else { continue };
            if level > DEEPEST {
                log.error(draft.level_at, "location_level_deep", &draft.edit.code);
                continue;
            }
            let above = draft.edit.parent.as_deref().and_then(|parent| Some((self.level(all, parent)?, self.draft(all, parent))));
            if let Some((above, parent)) = above
                && level <= above
                && (draft.is_moved(self.codes) || parent.is_some_and(|(_, parent)| parent.is_moved(self.codes)))
            {
                log.error(draft.level_at, "location_level_not_deeper", &level.to_string());
            }
            if let Some(before) = draft.before.filter(|before| before.level < level) {
                sunk.push((before.id, level, draft.level_at));
            }
        }
        // what lies in it and does not stand in the file
        let sunk: HashMap<LocationId, (i16, At)> = sunk.into_iter().map(|(id, level, at)| (id, (level, at))).collect();
        for place in places.iter().filter(|place| !self.rows.contains_key(&place.code)) {
            if let Some((level, at)) = place.parent.and_then(|parent| sunk.get(&parent))
                && place.level <= *level
            {
                log.error(*at, "location_level_of_children", &place.code);
            }
        }
        for draft in drafts {
            draft.edit.level = draft.level.unwrap_or_default();
        }
    }
}
