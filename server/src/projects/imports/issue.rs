//! What an import finds wrong: codes, severities and the bounded log of them.

use serde::{Serialize, Serializer};

use super::jobs::JobIssue;

/// Issues kept with their text; the rest are only counted, so that a hopeless
/// file cannot fill the memory or the page.
pub const MAX_KEPT_ISSUES: usize = 1_000;

/// Characters of a cell an issue shows.
const MAX_SHOWN_CHARS: usize = 80;

/// How much an issue stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file as a whole cannot be read with this mapping; nothing is planned.
    Critical,
    /// The row is invalid; nothing of it is planned.
    Error,
    /// The row is planned; a person should look at it.
    Warning,
}

impl Severity {
    /// The text kept in the database and shown to programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Declares the codes once, with their severity and their stable name.
macro_rules! issue_codes {
    ($($(#[$doc:meta])* $severity:ident $variant:ident = $name:literal;)+) => {
        /// What is wrong. The names are stable: pages translate them and
        /// programs branch on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum IssueCode {
            $($(#[$doc])* $variant,)+
        }

        impl IssueCode {
            /// Every code, for tests of completeness.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name, `snake_case`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// A code always has the same severity.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)+
                }
            }
        }
    };
}

issue_codes! {
    /// No byte but white space.
    Critical FileEmpty = "file_empty";
    /// A header with nothing under it.
    Critical NoRows = "no_rows";
    /// Neither CSV nor a workbook (XLSX): an old or locked document, or another archive.
    Critical NotCsv = "not_csv";
    /// A workbook that cannot be read.
    Critical SheetDamaged = "sheet_damaged";
    /// A workbook that unpacks to more than is accepted.
    Critical SheetTooLarge = "sheet_too_large";
    /// A workbook without a sheet that is shown.
    Critical SheetNone = "sheet_none";
    /// Merged cells: which of them the content belongs to is a guess.
    Critical SheetMerged = "sheet_merged";
    /// Something else than the header stands first.
    Critical SheetHeaderNotFirst = "sheet_header_not_first";
    /// A UTF-16 byte order mark.
    Critical EncodingUtf16 = "encoding_utf16";
    /// A byte sequence that is not UTF-8.
    Critical EncodingNotUtf8 = "encoding_not_utf8";
    /// A NUL byte.
    Critical NulByte = "nul_byte";
    /// A carriage return alone ends a line.
    Critical LineEnds = "line_ends";
    /// A quoted field is never closed; the row is the one where it begins.
    Critical QuoteUnclosed = "quote_unclosed";
    /// Text follows a closing quote, so where the field ends is a guess.
    Critical QuoteStray = "quote_stray";
    /// A column without a name.
    Critical HeaderEmpty = "header_empty";
    /// Two columns of one name.
    Critical HeaderDuplicate = "header_duplicate";
    /// A column name longer than any mapping may name.
    Critical HeaderTooLong = "header_too_long";
    /// More fields in a row than are accepted.
    Critical TooManyColumns = "too_many_columns";
    /// More rows than are accepted.
    Critical TooManyRows = "too_many_rows";
    /// More figures than one import may write.
    Critical TooManyValues = "too_many_values";
    /// The mapping names a column the file does not have.
    Critical ColumnMissing = "column_missing";
    /// No column of the file is an indicator's.
    Critical NoIndicatorColumns = "no_indicator_columns";
    /// The mapping names an indicator the project does not have.
    Critical MappedIndicatorUnknown = "mapped_indicator_unknown";
    /// The mapping gives one indicator two columns.
    Critical IndicatorMappedTwice = "indicator_mapped_twice";
    /// A numerator and a denominator cannot come from one column.
    Critical IndicatorNeedsFraction = "indicator_needs_fraction";
    /// No indicator of the project is broken down by this.
    Critical DimensionUnknown = "dimension_unknown";
    /// The row has fewer or more fields than the header.
    Error RowLength = "row_length";
    /// A cell is longer than is accepted.
    Error CellTooLong = "cell_too_long";
    /// A row with figures has no date.
    Error DateMissing = "date_missing";
    /// Not written `YYYY-MM-DD`.
    Error DateFormat = "date_format";
    /// A day no calendar has.
    Error DateInvalid = "date_invalid";
    /// A year outside the accepted ones.
    Error DateOutOfRange = "date_out_of_range";
    /// The end lies before the start.
    Error DatesReversed = "dates_reversed";
    /// Start and end lie too far apart.
    Error DatesTooFarApart = "dates_too_far_apart";
    /// A row with figures names no location.
    Error LocationMissing = "location_missing";
    /// The project has no such location, and none may be created.
    Error LocationUnknown = "location_unknown";
    /// The organisation has the location, and has switched it off.
    Error LocationInactive = "location_inactive";
    /// A code that cannot be stored.
    Error LocationCodeInvalid = "location_code_invalid";
    /// A name that cannot be stored.
    Error LocationNameInvalid = "location_name_invalid";
    /// A long row with figures names no indicator.
    Error IndicatorMissing = "indicator_missing";
    /// The project has no such indicator.
    Error IndicatorUnknown = "indicator_unknown";
    /// Not a number.
    Error NumberInvalid = "number_invalid";
    /// Thousand separators or a decimal comma: which, only the author knows.
    Error NumberLocalNotation = "number_local_notation";
    /// A percent sign, a currency or another unit stands in the cell.
    Error NumberUnit = "number_unit";
    /// An exponent.
    Error NumberExponent = "number_exponent";
    /// Digits of another script.
    Error NumberDigits = "number_digits";
    /// More digits before the point than are stored.
    Error NumberTooLarge = "number_too_large";
    /// More decimals than are stored; rounding would change the figure.
    Error NumberTooPrecise = "number_too_precise";
    /// The indicator is a fraction and the row gives neither part.
    Error FractionMissing = "fraction_missing";
    /// A numerator without a denominator, or the reverse.
    Error FractionIncomplete = "fraction_incomplete";
    /// A negative denominator, or zero under something else than zero.
    Error FractionInvalid = "fraction_invalid";
    /// The indicator is a plain figure and the row gives only a fraction.
    Error ValueMissing = "value_missing";
    /// No period of the indicator's frequency holds the row's midpoint.
    Error PeriodMissing = "period_missing";
    /// The calendar period to create would overlap an existing one.
    Error PeriodOverlaps = "period_overlaps";
    /// The indicator is reported with its cells only.
    Error CellsRequired = "cells_required";
    /// The indicator is not broken down by this in the period of the row.
    Error NotBrokenDown = "not_broken_down";
    /// The row says the value of one dimension and not that of another.
    Error CellIncomplete = "cell_incomplete";
    /// The dimension has no such value, or asks for it no more.
    Error GroupUnknown = "group_unknown";
    /// A group counts fewer than nobody.
    Error CellNegative = "cell_negative";
    /// The rows of a figure lack a cell.
    Error CellMissing = "cell_missing";
    /// The rows of a figure have cells and no total.
    Error TotalMissing = "total_missing";
    /// The cells of a figure do not agree with its total.
    Error CellsDisagree = "cells_disagree";
    /// A figure of several rows is invalid, and another of them says why.
    Error FigureInvalid = "figure_invalid";
    /// The period takes no values any more.
    Error PeriodLocked = "period_locked";
    /// An earlier valid row gives the same indicator, period and location.
    Error Duplicate = "duplicate";
    /// Not an answer to a question of the Washington Group.
    Error AnswerUnreadable = "answer_unreadable";
    /// Not an age in years.
    Error AgeUnreadable = "age_unreadable";
    /// Not a sex, or a number that was not said to be one.
    Error SexUnreadable = "sex_unreadable";
    /// The project already has a value there.
    Error AlreadyReported = "already_reported";
    /// No figure in the row.
    Warning RowEmpty = "row_empty";
    /// An earlier row gave the new location another name, which stands.
    Warning LocationNameDiffers = "location_name_differs";
    /// An earlier row gave the new location another parent, which stands.
    Warning LocationParentDiffers = "location_parent_differs";
    /// A value beside a fraction; the fraction is what counts.
    Warning ValueIgnored = "value_ignored";
    /// A fraction beside a plain figure; the figure is what counts.
    Warning FractionIgnored = "fraction_ignored";
}

impl Serialize for IssueCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One finding, in the shape the interface answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// The record's number: 1 is the header, 2 the first row under it. A record
    /// that a quoted line break spreads over two lines counts once.
    pub row: u32,
    /// The header of the column, where one is to blame.
    pub column: Option<String>,
    /// Follows from the code.
    pub severity: Severity,
    /// What is wrong.
    pub code: IssueCode,
    /// The cell, clipped to 80 characters and with control characters visible.
    pub value: String,
    /// The row that got there first, for duplicates and differing names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_row: Option<u32>,
}

impl Issue {
    /// An issue of a row; `value` is made fit to show.
    #[must_use]
    pub fn new(code: IssueCode, row: u32, column: Option<&str>, value: &str) -> Self {
        Self { row, column: column.map(visible), severity: code.severity(), code, value: visible(value), other_row: None }
    }

    /// Names the earlier row.
    #[must_use]
    pub fn with_other_row(mut self, row: u32) -> Self {
        self.other_row = Some(row);
        self
    }
}

impl From<Issue> for JobIssue {
    fn from(issue: Issue) -> Self {
        let number = |row: u32| i32::try_from(row).unwrap_or(i32::MAX);
        Self {
            row_number: number(issue.row),
            column_name: issue.column,
            severity: issue.severity.as_str().to_owned(),
            code: issue.code.as_str().to_owned(),
            value: issue.value,
            other_row: issue.other_row.map(number),
        }
    }
}

/// A text as it may be shown beside others: at most 80 characters, control
/// and direction-changing characters replaced by something a reader can see.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown: Vec<char> = text
        .chars()
        .take(MAX_SHOWN_CHARS + 1)
        .map(|c| match c {
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
            other => other,
        })
        .collect();
    if shown.len() > MAX_SHOWN_CHARS {
        shown.truncate(MAX_SHOWN_CHARS - 1);
        shown.push('…');
    }
    shown.into_iter().collect()
}

/// The findings of one row, and whether they make it invalid.
#[derive(Debug)]
pub(in crate::projects) struct RowIssues<'h> {
    row: u32,
    headers: &'h [String],
    found: Vec<Issue>,
}

impl<'h> RowIssues<'h> {
    pub(in crate::projects) fn new(row: u32, headers: &'h [String]) -> Self {
        Self { row, headers, found: Vec::new() }
    }

    /// An issue of the cell under a header.
    pub(in crate::projects) fn cell(&mut self, code: IssueCode, column: usize, value: &str) {
        let issue = self.issue_of(code, column, value);
        self.found.push(issue);
    }

    /// An issue of a cell that an earlier row explains.
    pub(super) fn cell_after(&mut self, code: IssueCode, column: usize, value: &str, other: u32) {
        let issue = self.issue_of(code, column, value).with_other_row(other);
        self.found.push(issue);
    }

    /// An issue of the row as a whole.
    pub(in crate::projects) fn whole(&mut self, code: IssueCode, value: &str) {
        self.found.push(Issue::new(code, self.row, None, value));
    }

    pub(super) fn row(&self) -> u32 {
        self.row
    }

    pub(in crate::projects) fn is_invalid(&self) -> bool {
        self.found.iter().any(|i| i.severity != Severity::Warning)
    }

    fn issue_of(&self, code: IssueCode, column: usize, value: &str) -> Issue {
        let header = self.headers.get(column).map(String::as_str);
        Issue::new(code, self.row, header, value)
    }
}

/// Collects issues: all are counted, the first of each severity are kept.
#[derive(Debug, Default)]
pub(in crate::projects) struct IssueLog {
    kept_errors: Vec<Issue>,
    kept_warnings: Vec<Issue>,
    pub(in crate::projects) errors: u32,
    pub(super) warnings: u32,
}

impl IssueLog {
    pub(in crate::projects) fn take(&mut self, row: RowIssues<'_>) {
        for issue in row.found {
            self.push(issue);
        }
    }

    pub(super) fn push(&mut self, issue: Issue) {
        let (count, kept) = if issue.severity == Severity::Warning {
            (&mut self.warnings, &mut self.kept_warnings)
        } else {
            (&mut self.errors, &mut self.kept_errors)
        };
        *count = count.saturating_add(1);
        if kept.len() < MAX_KEPT_ISSUES {
            kept.push(issue);
        }
    }

    /// The kept issues by row. Errors have the first claim on the room, lest a
    /// thousand harmless warnings hide the one error further down.
    pub(in crate::projects) fn into_kept(self) -> Vec<Issue> {
        let mut kept = self.kept_errors;
        let room = MAX_KEPT_ISSUES.saturating_sub(kept.len());
        kept.extend(self.kept_warnings.into_iter().take(room));
        kept.sort_by_key(|issue| issue.row);
        kept
    }
}
