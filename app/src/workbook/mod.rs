//! Workbooks (XLSX) that people take out: the tracking table as donors ask for it, the results framework, and registers.

mod framework;
mod problems;
mod register;
mod snapshot;
mod tracking;
mod words;

pub use framework::framework;
pub use problems::{problems, sheet_problems};
pub use register::{register, register_words};
pub use snapshot::snapshot;
pub use tracking::tracking;
pub use words::vocabulary;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use server::kernel::error::Error;
use server::projects::progress::Rag;

/// The type of such a file.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Paper of the printed sheets: A4.
const A4: u8 = 9;
/// Columns of a workbook are counted in 16 bits, rows in 32.
type Col = u16;

/// The looks that both workbooks share.
struct Looks {
    title: Format,
    note: Format,
    head: Format,
    band: Format,
    text: Format,
    code: Format,
    group: Format,
}

impl Looks {
    fn new() -> Self {
        let line = Color::RGB(0x00C9_C2B4);
        let cell = || Format::new().set_border(FormatBorder::Thin).set_border_color(line).set_align(FormatAlign::Top);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            note: Format::new().set_font_color(Color::RGB(0x0054_5B72)),
            head: cell()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_background_color(Color::RGB(0x0025_327A))
                .set_font_color(Color::White),
            band: cell().set_bold().set_background_color(Color::RGB(0x00E8_EAF6)),
            text: cell().set_text_wrap(),
            code: cell().set_font_name("Consolas"),
            group: cell().set_indent(2).set_text_wrap(),
        }
    }

    /// A figure with its decimals, thousands grouped.
    fn figure(&self, decimals: u32) -> Format {
        let zeros = usize::try_from(decimals).unwrap_or(0);
        let pattern = if zeros == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(zeros)) };
        self.text.clone().set_num_format(pattern)
    }

    /// The words of a colour on that colour: read in print without it too.
    fn colour(&self, rag: Rag) -> Format {
        let (back, ink) = match rag {
            Rag::OnTrack => (0x00DF_F1E5, 0x0017_613D),
            Rag::AtRisk => (0x00FB_ECC6, 0x0075_4C00),
            Rag::OffTrack => (0x00FB_E2DE, 0x00A0_1F24),
            Rag::Over => (0x00E8_E4F9, 0x004C_3AA0),
            Rag::NoData | Rag::NoTarget | Rag::NotDue => (0x00EB_E7DE, 0x0054_5B72),
        };
        self.text.clone().set_background_color(Color::RGB(back)).set_font_color(Color::RGB(ink))
    }
}

/// A figure, or an empty cell: never a 0 for what is not known.
fn write_figure(sheet: &mut Worksheet, row: u32, col: Col, value: Option<Decimal>, format: &Format) -> Result<(), XlsxError> {
    match value.and_then(|value| value.to_f64()) {
        Some(value) => sheet.write_number_with_format(row, col, value, format)?,
        None => sheet.write_blank(row, col, format)?,
    };
    Ok(())
}

/// Cells of one text; a single cell cannot be merged with itself.
fn write_across(sheet: &mut Worksheet, row: u32, first: Col, last: Col, text: &str, format: &Format) -> Result<(), XlsxError> {
    if last > first {
        sheet.merge_range(row, first, row, last, text, format)?;
    } else {
        sheet.write_string_with_format(row, first, text, format)?;
    }
    Ok(())
}

/// How a sheet prints: across one page, its heads on each.
fn print(sheet: &mut Worksheet, first_head: u32, last_head: u32) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_repeat_rows(first_head, last_head)?;
    Ok(())
}

/// The bytes of what `fill` writes.
fn bytes_of(fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>) -> Result<Vec<u8>, Error> {
    let mut book = Workbook::new();
    fill(&mut book).and_then(|()| book.save_to_buffer()).map_err(|error| Error::Internal(format!("workbook: {error}")))
}
