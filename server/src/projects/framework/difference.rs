//! What changed between two moments of a framework, as a person would tell it: results and indicators that came, went, moved or read
//! differently. That a number is another one because something came before it is no change.

use std::collections::{BTreeMap, BTreeSet};

use super::{Content, FrozenIndicator, FrozenNode, FrozenTarget};

/// What a change is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The levels.
    Levels,
    /// A result.
    Result,
    /// An indicator.
    Indicator,
}

/// What happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It reads differently, or hangs elsewhere.
    Changed,
}

/// A field that reads differently. Its name is a column's, or `target-` with a period's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// A change of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Of what.
    pub thing: Thing,
    /// What happened.
    pub what: What,
    /// What the thing is called, e.g. `1.2 Wells are repaired`; empty for the levels.
    pub name: String,
    /// The fields that read differently; of an indicator that is new or gone, all of them.
    pub fields: Vec<Field>,
}

/// What changed from one moment to another: levels, then results in the order of their numbers, then indicators; what is gone comes last.
#[must_use]
pub fn between(before: &Content, after: &Content) -> Vec<Change> {
    let mut out = Vec::new();
    let mut levels = Vec::new();
    note(&mut levels, "framework_template", &before.template, &after.template);
    note(&mut levels, "framework_levels", &before.own_levels.join(", "), &after.own_levels.join(", "));
    note(&mut levels, "framework_result_types", &before.result_types.join(", "), &after.result_types.join(", "));
    note(&mut levels, "framework_level_indicators", &before.level_indicators.join(", "), &after.level_indicators.join(", "));
    if !levels.is_empty() {
        out.push(Change { thing: Thing::Levels, what: What::Changed, name: String::new(), fields: levels });
    }
    results(before, after, &mut out);
    indicators(before, after, &mut out);
    out
}

fn note(fields: &mut Vec<Field>, name: &str, before: &str, after: &str) {
    if before != after {
        fields.push(Field { name: name.to_owned(), before: before.to_owned(), after: after.to_owned() });
    }
}

/// What a field was in a version from before there was such a field.
fn unsaid(name: &str) -> &'static str {
    match name {
        "is_public" | "iati_export" => "true",
        "baseline_na" | "is_key" | "carry_forward" => "false",
        _ => "",
    }
}

/// Every key of two maps, with what each holds of it, or what it was before anybody could say.
fn fields(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>, prefix: &str, out: &mut Vec<Field>) {
    let of = |map: &BTreeMap<String, String>, name: &String| map.get(name).cloned().unwrap_or_else(|| unsaid(name).to_owned());
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        note(out, &format!("{prefix}{name}"), &of(before, name), &of(after, name));
    }
}

/// Targets are the same where they are of one period and location, whatever these are called by now.
fn targets(before: &[FrozenTarget], after: &[FrozenTarget], out: &mut Vec<Field>) {
    let same = |a: &FrozenTarget, b: &FrozenTarget| a.period == b.period && a.location == b.location;
    for target in after {
        let was = before.iter().find(|other| same(other, target)).map_or("", |other| other.value.as_str());
        note(out, &format!("target-{}", target.place()), was, &target.value);
    }
    for target in before.iter().filter(|target| !after.iter().any(|other| same(other, target))) {
        note(out, &format!("target-{}", target.place()), &target.value, "");
    }
}

/// Every field of an indicator that is new, or gone: an approver sees all of it.
fn whole(indicator: &FrozenIndicator, new: bool) -> Vec<Field> {
    let (none, mut out) = (BTreeMap::new(), Vec::new());
    let (before, after) = if new { (&none, &indicator.fields) } else { (&indicator.fields, &none) };
    fields(before, after, "", &mut out);
    let (before, after): (&[FrozenTarget], &[FrozenTarget]) = if new { (&[], &indicator.targets) } else { (&indicator.targets, &[]) };
    targets(before, after, &mut out);
    out
}

fn called(node: &FrozenNode) -> String {
    format!("{} {}", node.number, node.fields.get("title").map_or("", String::as_str))
}

/// What a node of an id is called; nothing for none.
fn name_of(content: &Content, id: Option<&String>) -> String {
    id.and_then(|id| content.nodes.iter().find(|node| node.id == *id)).map(called).unwrap_or_default()
}

fn results(before: &Content, after: &Content, out: &mut Vec<Change>) {
    let old: BTreeMap<&str, &FrozenNode> = before.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let new: BTreeSet<&str> = after.nodes.iter().map(|node| node.id.as_str()).collect();
    let shifted = shifted(before, after);
    for node in &after.nodes {
        let change = |what, fields| Change { thing: Thing::Result, what, name: called(node), fields };
        let Some(was) = old.get(node.id.as_str()) else {
            out.push(change(What::Added, Vec::new()));
            continue;
        };
        let mut changed = Vec::new();
        if was.parent != node.parent {
            note(&mut changed, "parent", &name_of(before, was.parent.as_ref()), &name_of(after, node.parent.as_ref()));
        } else if shifted.contains(node.id.as_str()) {
            note(&mut changed, "number", &was.number, &node.number);
        }
        fields(&was.fields, &node.fields, "", &mut changed);
        if !changed.is_empty() {
            out.push(change(What::Changed, changed));
        }
    }
    let gone = before.nodes.iter().filter(|node| !new.contains(node.id.as_str()));
    out.extend(gone.map(|node| Change { thing: Thing::Result, what: What::Removed, name: called(node), fields: Vec::new() }));
}

/// Nodes that stand elsewhere among those siblings that both moments have.
fn shifted<'a>(before: &'a Content, after: &'a Content) -> BTreeSet<&'a str> {
    let parents = |content: &'a Content| -> BTreeMap<&'a str, Option<&'a str>> {
        content.nodes.iter().map(|node| (node.id.as_str(), node.parent.as_deref())).collect()
    };
    let (old, new) = (parents(before), parents(after));
    // by parent, those that hang on it at both moments, in the order of one of them
    let order = |content: &'a Content| {
        let mut out: BTreeMap<Option<&'a str>, Vec<&'a str>> = BTreeMap::new();
        for node in &content.nodes {
            let id = node.id.as_str();
            if old.get(id) == new.get(id) {
                out.entry(node.parent.as_deref()).or_default().push(id);
            }
        }
        out
    };
    let (was, is) = (order(before), order(after));
    is.iter()
        .filter_map(|(parent, ids)| Some(ids.iter().zip(was.get(parent)?)))
        .flat_map(|pairs| pairs.filter(|(now, then)| now != then).map(|(now, _)| *now))
        .collect()
}

fn indicators(before: &Content, after: &Content, out: &mut Vec<Change>) {
    let old: BTreeMap<&str, &FrozenIndicator> = before.indicators.iter().map(|indicator| (indicator.id.as_str(), indicator)).collect();
    let new: BTreeSet<&str> = after.indicators.iter().map(|indicator| indicator.id.as_str()).collect();
    let name = |indicator: &FrozenIndicator| format!("{} {}", indicator.code, indicator.fields.get("title").map_or("", String::as_str));
    for indicator in &after.indicators {
        let change = |what, fields| Change { thing: Thing::Indicator, what, name: name(indicator), fields };
        let Some(was) = old.get(indicator.id.as_str()) else {
            out.push(change(What::Added, whole(indicator, true)));
            continue;
        };
        let mut changed = Vec::new();
        note(&mut changed, "code", &was.code, &indicator.code);
        if was.node != indicator.node {
            note(&mut changed, "result_node_id", &name_of(before, was.node.as_ref()), &name_of(after, indicator.node.as_ref()));
        }
        fields(&was.fields, &indicator.fields, "", &mut changed);
        targets(&was.targets, &indicator.targets, &mut changed);
        if !changed.is_empty() {
            out.push(change(What::Changed, changed));
        }
    }
    let gone = before.indicators.iter().filter(|indicator| !new.contains(indicator.id.as_str()));
    out.extend(gone.map(|indicator| Change {
        thing: Thing::Indicator,
        what: What::Removed,
        name: name(indicator),
        fields: whole(indicator, false),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, parent: Option<&str>, number: &str, title: &str) -> FrozenNode {
        let fields = BTreeMap::from([("title".to_owned(), title.to_owned())]);
        FrozenNode { id: id.into(), parent: parent.map(Into::into), number: number.into(), fields }
    }

    fn indicator(id: &str, node: Option<&str>, targets: &[(&str, &str)]) -> FrozenIndicator {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let fields = own(&[("title", "Repaired")]);
        let targets = targets.iter().map(|(period, value)| FrozenTarget {
            period: (*period).to_owned(),
            period_name: (*period).to_owned(),
            location: None,
            location_code: None,
            value: (*value).to_owned(),
        });
        FrozenIndicator { id: id.into(), code: format!("code_{id}"), node: node.map(Into::into), fields, targets: targets.collect() }
    }

    fn content(nodes: Vec<FrozenNode>, indicators: Vec<FrozenIndicator>) -> Content {
        let (own_levels, result_types, level_indicators) = (Vec::new(), Vec::new(), Vec::new());
        Content { v: "1".into(), template: "ec".into(), own_levels, result_types, level_indicators, nodes, indicators }
    }

    fn told(before: &Content, after: &Content) -> Vec<String> {
        between(before, after)
            .into_iter()
            .map(|c| {
                let fields: Vec<_> = c.fields.iter().map(|f| format!("{}: {:?} → {:?}", f.name, f.before, f.after)).collect();
                format!("{:?} {:?} {} [{}]", c.thing, c.what, c.name, fields.join(", "))
            })
            .collect()
    }

    #[test]
    fn changes_are_told_and_their_consequences_are_not() {
        let base = || vec![node("g", None, "1", "Goal"), node("a", Some("g"), "1.1", "A"), node("b", Some("g"), "1.2", "B")];
        let before = content(base(), vec![indicator("i", Some("a"), &[("2025", "10")])]);
        assert_eq!(told(&before, &before), Vec::<String>::new());

        // one comes in front: the others get new numbers, which is no change of theirs
        let nodes = vec![
            node("g", None, "1", "Goal"),
            node("n", Some("g"), "1.1", "New"),
            node("a", Some("g"), "1.2", "A"),
            node("b", Some("g"), "1.3", "B"),
        ];
        assert_eq!(told(&before, &content(nodes, before.indicators.clone())), ["Result Added 1.1 New []"]);

        // two change places
        let nodes = vec![node("g", None, "1", "Goal"), node("b", Some("g"), "1.1", "B"), node("a", Some("g"), "1.2", "A")];
        assert_eq!(
            told(&before, &content(nodes, before.indicators.clone())),
            [r#"Result Changed 1.1 B [number: "1.2" → "1.1"]"#, r#"Result Changed 1.2 A [number: "1.1" → "1.2"]"#]
        );

        // one is gone, another reads differently and hangs elsewhere, and the indicator with them
        let nodes = vec![node("g", None, "1", "Goal"), node("h", None, "2", "Other"), node("b", Some("h"), "2.1", "B, better")];
        let after = content(nodes, vec![indicator("i", Some("b"), &[("2025", "12"), ("2026", "20")]), indicator("j", None, &[])]);
        assert_eq!(
            told(&before, &after),
            [
                "Result Added 2 Other []",
                r#"Result Changed 2.1 B, better [parent: "1 Goal" → "2 Other", title: "B" → "B, better"]"#,
                "Result Removed 1.1 A []",
                r#"Indicator Changed code_i Repaired [result_node_id: "1.1 A" → "2.1 B, better", target-2025: "10" → "12", target-2026: "" → "20"]"#,
                r#"Indicator Added code_j Repaired [title: "" → "Repaired"]"#,
            ]
        );
        // and back again is the mirror of it
        assert_eq!(told(&after, &before).len(), 5);
    }

    #[test]
    fn levels_are_told() {
        let mut after = content(Vec::new(), Vec::new());
        after.own_levels = vec!["Vision".into(), "Pillar".into()];
        let before = content(Vec::new(), Vec::new());
        assert_eq!(told(&before, &after), [r#"Levels Changed  [framework_levels: "" → "Vision, Pillar"]"#]);
        let before = after.clone();
        (after.result_types, after.level_indicators) = (vec!["impact".into()], vec!["false".into()]);
        let expected = r#"Levels Changed  [framework_result_types: "" → "impact", framework_level_indicators: "" → "false"]"#;
        assert_eq!(told(&before, &after), [expected]);
    }
}
