//! Lines and places. libxml's messages name a line and an element, its paths a place: the outline of a document has both.

use std::collections::HashMap;

use libxml::error::StructuredError;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Fault, Finding, MAX_FINDINGS, Severity, dom};

/// libxml keeps lines in 16 bits: this one is that line or a later one.
const LAST_LINE: u32 = 65535;

/// The elements of a document, in its order.
pub(super) struct Outline {
    elements: Vec<Element>,
    /// Elements by what holds them, name and position.
    by_step: HashMap<(Option<usize>, String, u32), usize>,
}

struct Element {
    name: String,
    parent: Option<usize>,
    position: u32,
    line: u32,
}

impl Outline {
    /// The outline of a document that libxml could read.
    pub(super) fn of(xml: &str) -> Result<Self, Fault> {
        let mut outline = Self { elements: Vec::new(), by_step: HashMap::new() };
        let mut reader = Reader::from_str(xml);
        let mut open = Vec::new();
        let mut counts = HashMap::new();
        let (mut line, mut read) = (1, 0);
        loop {
            let event = reader.read_event().map_err(|error| Fault::Malformed(error.to_string()))?;
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(xml.len());
            let passed = xml.as_bytes().get(read..end).unwrap_or_default();
            line += passed.iter().fold(0, |lines, byte| lines + u32::from(*byte == b'\n'));
            read = end;
            match event {
                Event::Start(tag) => open.push(outline.add(&tag, open.last().copied(), line, &mut counts)),
                Event::Empty(tag) => {
                    outline.add(&tag, open.last().copied(), line, &mut counts);
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Eof => return Ok(outline),
                _ => {}
            }
        }
    }

    fn add(&mut self, tag: &BytesStart, parent: Option<usize>, line: u32, counts: &mut HashMap<(Option<usize>, String), u32>) -> usize {
        let name = tag.local_name().as_ref().to_owned();
        let count = counts.entry((parent, name.clone())).or_default();
        *count += 1;
        let element = self.elements.len();
        self.by_step.insert((parent, name.clone(), *count), element);
        self.elements.push(Element { name, parent, position: *count, line });
        element
    }

    /// The findings for what libxml says of the schema.
    pub(super) fn locate_errors(&self, errors: Vec<StructuredError>) -> Vec<Finding> {
        let mut by_line: HashMap<u32, Vec<usize>> = HashMap::new();
        for (index, element) in self.elements.iter().enumerate() {
            by_line.entry(element.line.min(LAST_LINE)).or_default().push(index);
        }
        let mut findings = Vec::new();
        for error in errors.iter().take(MAX_FINDINGS) {
            let detail = error.message.as_deref().unwrap_or_default().trim().to_owned();
            let line = error.line.and_then(|line| u32::try_from(line).ok()).map(|line| line.min(LAST_LINE));
            let of_line = line.and_then(|line| by_line.get(&line)).map_or(&[][..], Vec::as_slice);
            let name = element_named(&detail);
            let meant = of_line.iter().copied().filter(|index| self.elements.get(*index).is_some_and(|element| element.name == name));
            let place = self.common_place(meant);
            let line = line.filter(|line| *line < LAST_LINE);
            let severity = if dom::is_error(error) { Severity::Error } else { Severity::Warning };
            findings.push(Finding { rule: "xsd".to_owned(), severity, place, line, detail });
        }
        findings.sort_by_key(|finding| finding.line.unwrap_or(LAST_LINE));
        findings
    }

    /// The findings with their lines, in the order of the document.
    pub(super) fn in_order(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut found: Vec<(Option<usize>, Finding)> = findings
            .into_iter()
            .map(|mut finding| {
                let element = self.element_at(&finding.place);
                finding.line = element.and_then(|index| self.elements.get(index)).map(|element| element.line);
                (element, finding)
            })
            .collect();
        found.sort_by(|(at, a), (other, b)| (at, &a.place, &a.rule).cmp(&(other, &b.place, &b.rule)));
        found.dedup();
        found.into_iter().map(|(_, finding)| finding).collect()
    }

    /// The element at a place, or the one whose attribute it is.
    fn element_at(&self, place: &str) -> Option<usize> {
        let mut at = None;
        for step in place.split('/').skip(1).filter(|step| !step.starts_with('@')) {
            let (name, position) = match step.split_once('[') {
                Some((name, rest)) => (name, rest.trim_end_matches(']').parse().ok()?),
                None => (step, 1),
            };
            at = Some(*self.by_step.get(&(at, name.to_owned(), position))?);
        }
        at
    }

    /// The place of an element; of several ones, the innermost element that holds them all; of none, the root.
    fn common_place(&self, elements: impl Iterator<Item = usize>) -> String {
        let lines_of_descent = elements.map(|element| self.line_of_descent(element));
        let common = lines_of_descent.reduce(|common, other| {
            let shared = common.iter().zip(&other).take_while(|(a, b)| a == b).count();
            common.into_iter().take(shared).collect()
        });
        match common {
            Some(elements) => elements.into_iter().fold(String::new(), |path, element| path + "/" + &self.step(element)),
            None => self.elements.first().map_or_else(String::new, |root| format!("/{}", root.name)),
        }
    }

    /// An element after all that hold it.
    fn line_of_descent(&self, element: usize) -> Vec<usize> {
        let parent = |index: &usize| self.elements.get(*index).and_then(|element| element.parent);
        let mut line: Vec<usize> = std::iter::successors(Some(element), parent).collect();
        line.reverse();
        line
    }

    fn step(&self, index: usize) -> String {
        let Some(Element { name, parent, position, .. }) = self.elements.get(index) else { return String::new() };
        let is_one_of_several = *position > 1 || self.by_step.contains_key(&(*parent, name.clone(), 2));
        if is_one_of_several { format!("{name}[{position}]") } else { name.clone() }
    }
}

/// The local name of the element that a message of the schema's check begins with: `Element '{…}name', attribute …`.
fn element_named(message: &str) -> &str {
    let name = message.split('\'').nth(1).unwrap_or_default();
    name.rsplit('}').next().unwrap_or_default()
}
