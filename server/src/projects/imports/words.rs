//! How the words of a sheet are told, whatever it is of.

use std::collections::HashMap;

use crate::kernel::calendar::Frequency;

/// A text without what differs from sheet to sheet: capitals, spaces, and the mark of what is required.
pub(in crate::projects) fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    text.trim_end_matches(['*', ':', '.', ' ']).to_owned()
}

/// The period that a text names, `2026 Q1`, `2026-Q1` or `Mar 2026`, as periods are named everywhere. Months are by their plain names.
pub(in crate::projects) fn period_named(text: &str, months: &HashMap<String, u32>) -> Option<(Frequency, String)> {
    let text = plain(text);
    let text = text.strip_prefix("target").map_or(text.as_str(), |rest| rest.trim_start_matches([':', ' ']));
    let year = |text: &str| Some(text.to_owned()).filter(|text| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(year) = year(text) {
        return Some((Frequency::Annual, year));
    }
    if let Some((before, month)) = text.split_once('-')
        && let (Some(year), Ok(month @ 1..=12)) = (year(before), month.parse::<u32>())
    {
        return Some((Frequency::Monthly, format!("{year}-{month:02}")));
    }
    let (first, second) = text.split_once([' ', '-'])?;
    let (year, part) = year(first).map(|year| (year, second)).or_else(|| year(second).map(|year| (year, first)))?;
    if let Some(month) = months.get(part) {
        return Some((Frequency::Monthly, format!("{year}-{month:02}")));
    }
    let most = [("q", Frequency::Quarterly, 4), ("t", Frequency::TriAnnual, 3), ("h", Frequency::SemiAnnual, 2)];
    most.into_iter().find_map(|(letter, frequency, most)| {
        let number: u32 = part.strip_prefix(letter)?.parse().ok()?;
        (1..=most).contains(&number).then(|| (frequency, format!("{year} {}{number}", letter.to_uppercase())))
    })
}
