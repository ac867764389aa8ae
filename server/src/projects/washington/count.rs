//! A survey, read row by row and counted.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use super::cells::{self, Read, Sex};
use super::columns::{Columns, find};
use super::{ASKED_FROM, Answer, Asked, Column, SexCodes, Status, UNKNOWN, band, codes, status};
use crate::kernel::error::{Error, Fault};
use crate::projects::imports::{Issue, IssueCode, IssueLog, RowIssues, Table};

/// Why a file was not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It cannot be read as a table.
    File(Vec<Issue>),
    /// Columns were not found, each with the reason.
    Columns(BTreeMap<Column, Fault>),
    /// Sexes stand as these numbers, and nobody said which is which.
    SexCodes(Vec<u32>),
}

/// What a file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The heading that was read for each column; none for a sex of which no column tells.
    pub columns: Vec<(Column, Option<String>)>,
    /// What stood in the column of the sex, what it was counted as (a code of the dimension `sex`), and of how many people.
    pub sexes: BTreeMap<(String, &'static str), u32>,
    /// What stood in the columns of the questions, what it was counted as, and how often.
    pub answers: BTreeMap<(String, Answer), u32>,
    /// What could not be read: at most a thousand cells, by row.
    pub issues: Vec<Issue>,
    /// How many cells that were.
    pub errors: u32,
    /// The rows that were left out for it.
    pub left_out: u32,
    /// People by sex, age and where they stand.
    people: BTreeMap<(&'static str, &'static str, Status), u32>,
}

impl Count {
    /// How many people there are of a sex, an age and a status; none of them for all.
    #[must_use]
    pub fn people(&self, sex: Option<&str>, age: Option<&str>, status: Option<Status>) -> u32 {
        let counted = self.people.iter().filter(|((of_sex, of_age, stands), _)| {
            sex.is_none_or(|sex| sex == *of_sex) && age.is_none_or(|age| age == *of_age) && status.is_none_or(|status| status == *stands)
        });
        counted.map(|(_, people)| people).sum()
    }

    /// The counts as CSV, a row a group of sex, age and disability, each by the code that the dimension has; groups of nobody among them.
    /// The last row says how many rows of the survey were left out.
    ///
    /// # Errors
    /// If it cannot be written, which would be a fault of this program.
    pub fn csv(&self) -> Result<Vec<u8>, Error> {
        let failed = |error: csv::Error| Error::Internal(format!("csv: {error}"));
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(["sex", "age", "disability", "people"]).map_err(failed)?;
        for sex in codes("sex") {
            for age in codes("age") {
                let below_five = age == band(Some(0));
                for status in Status::ALL.into_iter().filter(|status| (*status == Status::BelowFive) == below_five) {
                    let people = self.people(Some(sex), Some(age), Some(status)).to_string();
                    out.write_record([sex, age, status.as_str(), &people]).map_err(failed)?;
                }
            }
        }
        out.write_record(["", "", "left_out", &self.left_out.to_string()]).map_err(failed)?;
        out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))
    }
}

/// Counts a file.
///
/// # Errors
/// Why it was not counted. Cells that cannot be read are no such reason: their rows are left out, and told.
pub fn count(bytes: &[u8], asked: &Asked) -> Result<Count, Refused> {
    let mut table = Table::open(bytes).map_err(Refused::File)?;
    let headers = table.headers.clone();
    let columns = find(&headers, asked).map_err(Refused::Columns)?;
    let mut counting = Counting::new(&headers, columns, asked.sex_codes);
    let (mut record, mut rows) = (StringRecord::new(), 0_u32);
    while let Some(row) = table.read_row(&mut record).map_err(|issue| Refused::File(vec![*issue]))? {
        // what a spreadsheet leaves behind its last row
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        rows += 1;
        counting.row(row, &record);
    }
    if rows == 0 {
        return Err(Refused::File(vec![Issue::new(IssueCode::NoRows, 1, None, "")]));
    }
    counting.finish()
}

/// A person whose cells could all be read.
struct Person {
    age: Option<u8>,
    sex: Option<Read<&'static str>>,
    answers: [Read<Answer>; 6],
}

struct Counting<'h> {
    headers: &'h [String],
    columns: Columns,
    sex_codes: Option<SexCodes>,
    /// Numbers in the column of the sex of which nobody said which is which.
    unsaid: BTreeSet<u32>,
    log: IssueLog,
    count: Count,
}

/// Numbers that are shown of those that nobody explained.
const UNSAID_SHOWN: usize = 10;

impl<'h> Counting<'h> {
    fn new(headers: &'h [String], columns: Columns, sex_codes: Option<SexCodes>) -> Self {
        let heading = |column| columns.position(column).and_then(|at| headers.get(at)).cloned();
        let count = Count { columns: Column::ALL.into_iter().map(|column| (column, heading(column))).collect(), ..Count::default() };
        Self { headers, columns, sex_codes, unsaid: BTreeSet::new(), log: IssueLog::default(), count }
    }

    fn finish(mut self) -> Result<Count, Refused> {
        if !self.unsaid.is_empty() {
            return Err(Refused::SexCodes(self.unsaid.into_iter().take(UNSAID_SHOWN).collect()));
        }
        self.count.errors = self.log.errors;
        self.count.issues = self.log.into_kept();
        Ok(self.count)
    }

    fn row(&mut self, row: u32, record: &StringRecord) {
        let mut issues = RowIssues::new(row, self.headers);
        match self.person(record, &mut issues) {
            Some(person) if !issues.is_invalid() => self.add(person),
            _ => self.count.left_out += 1,
        }
        self.log.take(issues);
    }

    fn person(&mut self, record: &StringRecord, issues: &mut RowIssues<'_>) -> Option<Person> {
        if record.len() != self.headers.len() {
            issues.whole(IssueCode::RowLength, &record.len().to_string());
            return None;
        }
        let text = |at: usize| record.get(at).unwrap_or_default();
        let age = cells::age(text(self.columns.age))
            .map_err(|()| issues.cell(IssueCode::AgeUnreadable, self.columns.age, text(self.columns.age)));
        let sex = self.columns.sex.and_then(|at| self.sex(at, text(at), issues));
        // below five nobody was asked, whatever a form wrote in the cells
        let asked = age.as_ref().ok().copied().flatten().is_none_or(|age| age >= ASKED_FROM);
        let answers = self.columns.questions.map(|at| {
            cells::answer(text(at)).unwrap_or_else(|| {
                if !asked {
                    return Read { text: String::new(), means: Answer::Missing };
                }
                issues.cell(IssueCode::AnswerUnreadable, at, text(at));
                Read { text: String::new(), means: Answer::Missing }
            })
        });
        Some(Person { age: age.ok()?, sex, answers })
    }

    fn sex(&mut self, at: usize, text: &str, issues: &mut RowIssues<'_>) -> Option<Read<&'static str>> {
        match cells::sex(text, self.sex_codes) {
            Sex::Told(read) => Some(read),
            Sex::Unsaid(number) => {
                self.unsaid.insert(number);
                None
            }
            Sex::Unreadable => {
                issues.cell(IssueCode::SexUnreadable, at, text);
                None
            }
        }
    }

    fn add(&mut self, person: Person) {
        let status = status(person.age, &person.answers.each_ref().map(|answer| answer.means));
        let sex = person.sex.as_ref().map_or(UNKNOWN, |sex| sex.means);
        *self.count.people.entry((sex, band(person.age), status)).or_default() += 1;
        if let Some(sex) = person.sex {
            *self.count.sexes.entry((sex.text, sex.means)).or_default() += 1;
        }
        for answer in person.answers {
            *self.count.answers.entry((answer.text, answer.means)).or_default() += 1;
        }
    }
}
