//! The standard ruleset's own format: for each context (a path) and kind of rule, cases. Ours is `rules.json`: contexts,
//! kinds, cases, numbers, severities and categories of the standard's file, without its texts. An IATI ruleset is published
//! under the MIT licence.
//!
//! A case with an `idCondition` depends on whether the registry of publishers, or the list of agencies, knows an organisation:
//! it is kept in the table, so that the two can be compared, and never judged.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::dom::{self, Tree};
use super::kinds::{Breach, Judge};
use super::{Fault, Finding, MAX_FINDINGS, Severity};
use libxml::tree::Node;

/// More values than any code list has that a loop goes through.
const MAX_LOOPS: usize = 100;

/// A table of rules.
#[derive(Debug, Deserialize)]
pub(super) struct Ruleset {
    /// Whose rules they are.
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(flatten)]
    contexts: BTreeMap<String, Rules>,
}

/// The cases of a context.
#[derive(Debug, Deserialize)]
#[serde(try_from = "BTreeMap<String, Cases>")]
struct Rules(Vec<Case>);

/// The cases of a kind, as they are written.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Cases {
    cases: Vec<Value>,
}

/// What one rule demands.
#[derive(Debug)]
struct Case {
    head: Head,
    kind: Kind,
}

/// What the cases of every kind may have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    /// None of a loop: the cases in it have theirs.
    rule_info: Option<RuleInfo>,
    /// A test: where it does not hold, the case is left out.
    condition: Option<String>,
    /// A question to the registry of publishers.
    id_condition: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct RuleInfo {
    id: String,
    severity: Severity,
}

/// A kind of rule with what it says. Every text but a separator, a regular expression and `all` is a path or a test.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// There is something of it.
    AtleastOne { paths: Vec<String> },
    /// There is at most one of it.
    NoMoreThanOne { paths: Vec<String> },
    /// Where there is nothing of what excludes it there is exactly one of it, otherwise none.
    OnlyOneOf { excluded: Vec<String>, paths: Vec<String> },
    /// There is one of it, or every one of the others has its own.
    OneOrAll { one: String, all: Every },
    /// No two texts are the same.
    Unique { paths: Vec<String> },
    /// No text begins or ends with a space.
    NoSpaces { paths: Vec<String> },
    /// Every text begins with one of some texts and a separator.
    Startswith {
        prefix: Vec<String>,
        #[serde(default)]
        separator: String,
        paths: Vec<String>,
    },
    /// Every text that is not empty is of a form.
    RegexMatches { regex: String, paths: Vec<String> },
    /// Every number is within limits.
    Range { paths: Vec<String>, min: Option<Decimal>, max: Option<Decimal> },
    /// The numbers have a sum.
    StrictSum { paths: Vec<String>, sum: Decimal },
    /// Where one test holds, another one does.
    IfThen {
        #[serde(rename = "if")]
        premise: String,
        then: String,
        /// What to show of it.
        #[serde(default)]
        paths: Vec<String>,
    },
    /// A day is not after today.
    DateNow { date: String },
    /// A day is not after another one; `NOW` is today.
    DateOrder { less: String, more: String },
    /// From one day to another one it is no more than a year.
    TimeLimit { start: String, end: String },
    /// A day is in a period.
    BetweenDates { date: String, start: String, end: String },
    /// Cases for each text that there is, put in for `$1`.
    Loop {
        foreach: String,
        #[serde(rename = "do")]
        rules: BTreeMap<String, Cases>,
    },
}

/// What [`Kind::OneOrAll`] demands of all, where it finds not the one.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Every {
    /// Every narrative says its language.
    Lang,
    /// Every transaction has a sector.
    Sector,
    /// Every amount says its currency.
    Currency,
}

impl TryFrom<BTreeMap<String, Cases>> for Rules {
    type Error = String;

    fn try_from(kinds: BTreeMap<String, Cases>) -> Result<Self, String> {
        let cases = kinds.into_iter().flat_map(|(kind, cases)| cases.cases.into_iter().map(move |case| (kind.clone(), case)));
        cases.map(|(kind, case)| Case::read(&kind, case)).collect::<Result<_, _>>().map(Self)
    }
}

impl Case {
    fn read(kind: &str, case: Value) -> Result<Self, String> {
        let why = |error: serde_json::Error| format!("{kind}: {error}");
        let head = Head::deserialize(&case).map_err(why)?;
        let kind: Kind = serde_json::from_value(Value::Object([(kind.to_owned(), case)].into_iter().collect())).map_err(why)?;
        match (&kind, &head.rule_info) {
            (Kind::Loop { .. }, _) | (_, Some(_)) => Ok(Self { head, kind }),
            (_, None) => Err("a case has no ruleInfo".to_owned()),
        }
    }
}

impl Ruleset {
    /// The rules of 2.03.
    pub(super) fn standard() -> Result<Self, Fault> {
        Self::parse(include_str!("rules.json"))
    }

    pub(super) fn parse(json: &str) -> Result<Self, Fault> {
        serde_json::from_str(json).map_err(|error| Fault::Rules(error.to_string()))
    }

    /// What breaks the rules, as far as [`MAX_FINDINGS`]; without lines.
    pub(super) fn judge(&self, tree: &Tree, today: NaiveDate) -> Result<Vec<Finding>, Fault> {
        let judge = Judge { tree, today };
        let mut findings = Vec::new();
        for (context, rules) in &self.contexts {
            for node in tree.nodes(context, None)? {
                for case in &rules.0 {
                    case.judge(&judge, &node, &mut findings)?;
                }
                if findings.len() >= MAX_FINDINGS {
                    findings.truncate(MAX_FINDINGS);
                    return Ok(findings);
                }
            }
        }
        Ok(findings)
    }

    /// The rules about activities with an `idCondition`.
    pub(super) fn unjudged(&self) -> Vec<String> {
        let of_activities = self.contexts.iter().filter(|(context, _)| context.starts_with("/iati-activities/"));
        let cases = of_activities.flat_map(|(_, rules)| &rules.0).filter(|case| case.head.id_condition.is_some());
        let mut rules: Vec<String> = cases.filter_map(|case| case.head.rule_info.as_ref()).map(|rule| rule.id.clone()).collect();
        rules.sort();
        rules.dedup();
        rules
    }
}

impl Case {
    fn judge(&self, judge: &Judge, node: &Node, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        if self.head.id_condition.is_some() {
            return Ok(());
        }
        if let Some(condition) = &self.head.condition
            && !judge.tree.holds(condition, node)?
        {
            return Ok(());
        }
        if let Kind::Loop { foreach, rules } = &self.kind {
            return repeat(foreach, rules, judge, node, findings);
        }
        let Some(rule) = &self.head.rule_info else { return Ok(()) };
        let breaches = judge.breaches(&self.kind, node)?;
        findings.extend(breaches.into_iter().map(|Breach { place, detail }| Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            place,
            line: None,
            detail,
        }));
        Ok(())
    }
}

/// The standard names in `subs` where the value is to be put in, and forgets the condition of 2.1.2: it is put in everywhere.
fn repeat(foreach: &str, rules: &BTreeMap<String, Cases>, judge: &Judge, node: &Node, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let mut values = judge.tree.texts(foreach, node)?;
    values.sort();
    values.dedup();
    if values.len() > MAX_LOOPS {
        return Err(Fault::TooLarge);
    }
    for value in values {
        let literal = dom::literal(&value);
        for (kind, cases) in rules {
            for case in &cases.cases {
                Case::read(kind, filled(case, &literal)).map_err(Fault::Rules)?.judge(judge, node, findings)?;
            }
        }
    }
    Ok(())
}

/// A case with a literal in the place of `'$1'`.
fn filled(case: &Value, literal: &str) -> Value {
    match case {
        Value::String(text) => Value::String(text.replace("'$1'", literal)),
        Value::Array(values) => values.iter().map(|value| filled(value, literal)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), filled(value, literal))).collect(),
        other => other.clone(),
    }
}
