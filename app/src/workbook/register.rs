//! A register as a workbook: as it stands, to be changed and sent back.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_xlsxwriter::{DocProperties, Format, Worksheet, XlsxError};
use server::kernel::error::Error;
use server::kernel::text::Locale;
use server::projects::registers::{Cell, Column, FIELDS, Kind, Taken, Vocabulary};

use super::{Col, Looks, bytes_of};
use crate::text::Say;

/// The register.
///
/// # Errors
/// The library's, as an internal one.
pub fn register(say: Say, kind: Kind, taken: &Taken) -> Result<Vec<u8>, Error> {
    bytes_of(|book| {
        let looks = Looks::new();
        // a row of its own would come back as one of the register
        let rows = say.count_of("register-rows", taken.rows.len());
        book.set_properties(&DocProperties::new().set_comment(rows));
        let sheet = book.add_worksheet().set_name(say.word("register-sheet", kind.as_str()))?;
        for (col, column) in (0..).zip(&taken.columns) {
            sheet.write_string_with_format(0, col, head(say, column), &looks.head)?;
            let width = if matches!(column, Column::Field("name" | "title")) { 40 } else { 14 };
            sheet.set_column_width(col, width)?;
        }
        for (row, cells) in (1..).zip(&taken.rows) {
            for (col, cell) in (0..).zip(cells) {
                write(sheet, say, row, col, cell, &looks.text)?;
            }
        }
        sheet.set_freeze_panes(1, 1)?;
        Ok(())
    })
}

/// A head, as an import reads it in whatever language.
fn head(say: Say, column: &Column) -> String {
    match column {
        Column::Field(field) => say.word("register", field),
        Column::Amount(quarter, field) => format!("{quarter} {}", say.word("register", field)),
        Column::Period(name) => name.clone(),
    }
}

fn write(sheet: &mut Worksheet, say: Say, row: u32, col: Col, cell: &Cell, format: &Format) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, col, format)?,
        Cell::Text(text) => sheet.write_string_with_format(row, col, text, format)?,
        Cell::Whether(is) => sheet.write_string_with_format(row, col, say.word("whether", if *is { "true" } else { "false" }), format)?,
        Cell::Figure(value) => match exact(*value) {
            Some(number) => sheet.write_number_with_format(row, col, number, format)?,
            None => sheet.write_string_with_format(row, col, value.normalize().to_string(), format)?,
        },
    };
    Ok(())
}

/// A figure as spreadsheets keep it; none where it would not come back as it is, and stands as a text.
fn exact(value: Decimal) -> Option<f64> {
    let number = value.to_f64()?;
    (Decimal::from_f64(number)? == value).then_some(number)
}

/// The words of these workbooks, in every language.
#[must_use]
pub fn register_words() -> Vocabulary {
    let mut words = Vocabulary::default();
    for say in Locale::ALL.map(Say::new) {
        words.heads.extend(FIELDS.iter().map(|field| (say.word("register", field), *field)));
        words.months.extend((1..=12).map(|month| (say.t(&format!("month-{month}")), month)));
        words.whether.extend([("true", true), ("false", false)].map(|(word, is)| (say.word("whether", word), is)));
    }
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_head_of_a_register_means_two_things() {
        let words = register_words();
        assert_eq!(words.heads.len(), 2 * FIELDS.len());
        for kind in Kind::ALL {
            let mut heads: HashMap<String, &str> = HashMap::new();
            for (text, field) in words.heads.iter().filter(|(_, field)| kind.fields().contains(field)) {
                let first = heads.entry(text.to_lowercase()).or_insert(field);
                assert_eq!(*first, *field, "{text}");
            }
        }
        assert!(Kind::ALL.iter().flat_map(|kind| kind.fields()).all(|field| FIELDS.contains(field)));
    }

    #[test]
    fn figures_come_back_as_they_were() {
        for (text, is_exact) in [("0", true), ("-4.8769", true), ("215458", true), ("123456789012345678.123456", false)] {
            assert_eq!(exact(text.parse().unwrap()).is_some(), is_exact, "{text}");
        }
    }
}
