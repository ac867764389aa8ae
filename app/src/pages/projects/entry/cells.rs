//! The cells of a figure on the entry page: a cross-table beneath its indicator, of which the last dimension makes the columns.

use leptos::prelude::*;
use server::projects::dimensions::DimensionValue;
use server::projects::disaggregation::{Cell, Scheme};
use server::projects::entries::{Standing, TypedCell};
use server::projects::indicators::Indicator;
use server::projects::progress::{DimensionKind, Parts, Quantity};

use super::Typing;
use crate::format::plain;
use crate::forms::Fields;
use crate::text::Say;

/// How long the id of an indicator is in the name of an input.
const ID: usize = 36;

/// The row with the cross-table.
pub(super) fn row(typing: &Typing<'_>, indicator: &Indicator, scheme: &Scheme, stands: Option<&Standing>, editable: bool) -> AnyView {
    let say = typing.say;
    let cells = scheme.cells();
    let said = |of: &[&DimensionValue]| of.iter().map(|value| value.label.say(say.0).to_owned()).collect::<Vec<_>>().join(" · ");
    let columns: Vec<String> = cells.iter().map(|cell| said(&cell.values[cell.values.len() - 1..])).collect();
    let per_row = scheme.dimensions.last().map_or(1, |dimension| dimension.asked().count().max(1));
    let crossed = scheme.dimensions.len() > 1;
    let rows: Vec<_> = cells
        .chunks(per_row)
        .map(|row| {
            let inputs: Vec<_> = row
                .iter()
                .zip(&columns)
                .map(|(cell, column)| {
                    let shown =
                        if editable { inputs(typing, indicator, cell, stands, &said(&cell.values)) } else { standing(say, cell, stands) };
                    view! { <td role="cell" data-label=column.clone()>{shown}</td> }
                })
                .collect();
            let head = crossed.then(|| view! { <th role="rowheader" scope="row">{said(&row[0].values[..row[0].values.len() - 1])}</th> });
            view! { <tr role="row">{head}{inputs}</tr> }
        })
        .collect();
    let heads: Vec<_> = columns
        .iter()
        .take(per_row)
        .map(|column| view! { <th role="columnheader" scope="col" class="num">{column.clone()}</th> })
        .collect();
    let names: Vec<&str> = scheme.dimensions.iter().map(|dimension| dimension.name.say(say.0)).collect();
    let title = say.with("entry-cells", &[("indicator", &indicator.code), ("dimensions", &names.join(" × "))]);
    let corner = crossed.then(|| {
        let over: Vec<&str> = names[..names.len() - 1].to_vec();
        view! { <th role="columnheader" scope="col">{over.join(" × ")}</th> }
    });
    view! {
        <tr role="row" class="cells-of"><td role="cell" colspan="6">
            <div class="scroll" role="region" aria-label=title.clone() tabindex="0"><table class="cells" role="table">
                <caption>{title.clone()}</caption>
                <thead role="rowgroup"><tr role="row">{corner}{heads}</tr></thead><tbody role="rowgroup">{rows}</tbody></table></div>
            {sum(typing, indicator, scheme, stands)}
        </td></tr>
    }
    .into_any()
}

/// The sum of what is typed, or stands, beside what the total says: the difference is what a person looks for.
fn sum(typing: &Typing<'_>, indicator: &Indicator, scheme: &Scheme, stands: Option<&Standing>) -> AnyView {
    if indicator.needs_fraction() || !indicator.method.cells_add_up() || scheme.kind() == DimensionKind::Overlapping {
        return ().into_any();
    }
    let (say, id) = (typing.say, indicator.id);
    let typed = |name: &str, stood: String| typing.sheet.value(name, &stood).trim().parse::<rust_decimal::Decimal>().ok();
    let cells: Vec<_> = scheme.cells().iter().filter_map(|cell| typed(&format!("cell-{id}-{}", cell.key), figure(cell, stands))).collect();
    let total: rust_decimal::Decimal = cells.iter().sum();
    let shown = (!cells.is_empty()).then(|| {
        let by = typed(&format!("value-{id}"), plain(stands.and_then(|s| s.value))).map(|of| of - total).filter(|by| !by.is_zero());
        let differs = by.map(|by| {
            say.with("entry-sum-differs", &[("by", &format!("{}{}", if by.is_sign_positive() { "+" } else { "" }, by.normalize()))])
        });
        let sum = say.with("entry-sum", &[("sum", &total.normalize().to_string())]);
        view! { {sum}{differs.map(|differs| format!(" {differs}"))} }
    });
    let (sum, differs) = (say.with("entry-sum", &[("sum", "{n}")]), say.with("entry-sum-differs", &[("by", "{s}{n}")]));
    view! { <p class="small muted" data-sum=sum data-differs=differs>{shown}</p> }.into_any()
}

/// What stands in a cell as a plain figure; empty for nothing.
fn figure(cell: &Cell<'_>, stands: Option<&Standing>) -> String {
    match stands.and_then(|stands| stands.cells.get(&cell.key)) {
        Some(Quantity::Number(value)) => plain(Some(value)),
        _ => String::new(),
    }
}

/// What stands in a cell.
fn parts(cell: &Cell<'_>, stands: Option<&Standing>) -> (String, String) {
    match stands.and_then(|stands| stands.cells.get(&cell.key)) {
        Some(Quantity::Parts(Parts { num, den })) => (plain(Some(num)), plain(Some(den))),
        _ => (String::new(), String::new()),
    }
}

fn standing(say: Say, cell: &Cell<'_>, stands: Option<&Standing>) -> AnyView {
    match stands.and_then(|stands| stands.cells.get(&cell.key)) {
        Some(quantity) => view! { <bdi class="num">{text_of(quantity)}</bdi> }.into_any(),
        None => crate::parts::figure(say, None, 0),
    }
}

/// A quantity as people write it.
pub(in crate::pages::projects) fn text_of(quantity: Quantity) -> String {
    match quantity {
        Quantity::Number(value) => plain(Some(value)),
        Quantity::Parts(Parts { num, den }) => format!("{} / {}", plain(Some(num)), plain(Some(den))),
    }
}

fn inputs(typing: &Typing<'_>, indicator: &Indicator, cell: &Cell<'_>, stands: Option<&Standing>, called: &str) -> AnyView {
    let say = typing.say;
    if !indicator.needs_fraction() {
        return typing.input(indicator, &format!("cell-{}-{}", indicator.id, cell.key), called, &figure(cell, stands), None);
    }
    let (num, den) = parts(cell, stands);
    let named = |label: &str, word: &str| if label.is_empty() { say.t(word) } else { label.to_owned() };
    let (of, out_of) = (named(&indicator.numerator_label, "field-num"), named(&indicator.denominator_label, "field-den"));
    let input = |part: &str, what: &str, stood: &str| {
        typing.input(indicator, &format!("{part}-{}-{}", indicator.id, cell.key), &format!("{called}, {what}"), stood, None)
    };
    view! { <div class="fraction"><div>{input("cellnum", &of, &num)}</div><div>{input("cellden", &out_of, &den)}</div></div> }.into_any()
}

/// The cells of an indicator that a form names.
pub(super) fn typed(form: &Fields, indicator: &str) -> Vec<TypedCell> {
    let prefixes = ["cell-", "cellnum-"];
    let keys =
        prefixes.iter().flat_map(|prefix| form.starting(prefix)).filter_map(|(name, _)| split(name)).filter(|(id, _)| *id == indicator);
    let of = |part: &str, key: &str| form.own(&format!("{part}-{indicator}-{key}"));
    keys.map(|(_, key)| TypedCell { key: key.to_owned(), value: of("cell", key), num: of("cellnum", key), den: of("cellden", key) })
        .collect()
}

/// The indicator and the key in the rest of an input's name.
fn split(name: &str) -> Option<(&str, &str)> {
    let (id, rest) = name.split_at_checked(ID)?;
    Some((id, rest.strip_prefix('-')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_back_by_their_names() {
        let (one, other) = ("0190a000-0000-7000-8000-000000000001", "0190a000-0000-7000-8000-000000000002");
        let mut form = Fields::default();
        for (name, value) in [
            (format!("cell-{one}-age=0-4|sex=f"), "6"),
            (format!("cellnum-{other}-sex=f"), "3"),
            (format!("cellden-{other}-sex=f"), "5"),
            ("cell-short".to_owned(), "7"),
            (format!("cell-{one}"), "8"),
        ] {
            form.0.insert(name, value.to_owned());
        }
        let [plain] = &typed(&form, one)[..] else { panic!("one cell") };
        assert_eq!((plain.key.as_str(), plain.value.as_str()), ("age=0-4|sex=f", "6"));
        let [fraction] = &typed(&form, other)[..] else { panic!("one cell") };
        assert_eq!((fraction.key.as_str(), fraction.num.as_str(), fraction.den.as_str()), ("sex=f", "3", "5"));
    }
}
