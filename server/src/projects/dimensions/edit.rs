//! Keeping the organisation's dimensions: none is ever taken away, since figures are reported by them.

use std::collections::HashSet;

use sqlx::types::Json;

use super::super::disaggregation::MOST_CELLS;
use super::super::progress::DimensionKind;
use super::{Dimension, SHIPPED, Shipped, all, shipped::UNKNOWN};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{DimensionId, DimensionValueId};
use crate::kernel::text::{self, Locale};
use crate::kernel::wording::Wording;

/// The most dimensions that an organisation has.
const MOST: usize = 60;
/// The most values of one.
const MOST_VALUES: usize = 40;

/// A dimension as typed.
#[derive(Clone, Debug, Default)]
pub struct DimensionForm {
    /// Its name in English.
    pub name_en: String,
    /// Its name in Swahili.
    pub name_sw: String,
    /// How its values relate to the whole.
    pub kind: String,
    /// Its values, one a line: `Female | Mwanamke`.
    pub values: String,
    /// Whether it has a value for those about whom it is not known.
    pub with_unknown: bool,
}

struct NewValue {
    code: String,
    label: Wording,
    is_unknown: bool,
}

/// A word that may stand in the key of a cell, from what something is called; `nth` where nothing of it can.
fn word(called: &Wording, joint: char, nth: &str) -> String {
    let mut out = String::new();
    for c in called.say(Locale::En).chars() {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            '+' if joint == '-' && !out.is_empty() => out.push('+'),
            _ if out.ends_with(joint) || out.is_empty() => {}
            _ => out.push(joint),
        }
        if out.len() >= 28 {
            break;
        }
    }
    let out = out.trim_end_matches(joint);
    if out.is_empty() || (joint == '_' && out.starts_with(|c: char| c.is_ascii_digit())) { nth.to_owned() } else { out.to_owned() }
}

/// Values as typed, none of them called like another or like one of those that are there.
fn parse_values(typed: &str, there: &[(String, Wording)]) -> Result<Vec<NewValue>, Error> {
    let mut labels: HashSet<String> = there.iter().map(|(_, label)| label.say(Locale::En).to_lowercase()).collect();
    let mut codes: HashSet<String> = there.iter().map(|(code, _)| code.clone()).collect();
    let mut out = Vec::new();
    let refuse = |fault| Error::field("values", fault);
    for line in text::prose(typed, 8000).map_err(refuse)?.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let label = Wording::parse_line(line).map_err(refuse)?;
        if !labels.insert(label.say(Locale::En).to_lowercase()) {
            return Err(refuse("twice"));
        }
        let nth = codes.len() + 1;
        let mut code = word(&label, '-', &format!("v{nth}"));
        if codes.contains(&code) {
            // "<5" and ">5" are told apart by number
            code = format!("{}-{nth}", &code[..code.len().min(24)]);
        }
        codes.insert(code.clone());
        out.push(NewValue { code, label, is_unknown: false });
    }
    if out.is_empty() {
        return Err(refuse("required"));
    }
    if codes.len() > MOST_VALUES {
        return Err(refuse("too_many"));
    }
    Ok(out)
}

/// No figure that is broken down by a dimension has more cells than anybody fills in, with so many values of it asked for.
async fn expect_room(w: &mut Writer, dimension: &Dimension, asked: usize, field: &str) -> Result<()> {
    let crossed = sqlx::query!(
        r#"select first_id as "first: DimensionId", second_id as "second: DimensionId", third_id as "third: DimensionId"
           from app.disaggregation where $1 in (first_id, second_id, third_id) group by 1, 2, 3"#,
        dimension.id.0
    )
    .fetch_all(w.conn())
    .await?;
    let known = all(w.conn()).await?;
    let count = |id: DimensionId| {
        if id == dimension.id { asked } else { known.iter().find(|other| other.id == id).map_or(1, |other| other.asked().count()) }
    };
    let too_many =
        crossed.iter().any(|of| [of.first, of.second, of.third].into_iter().flatten().map(count).product::<usize>() > MOST_CELLS);
    if too_many { Err(Error::field(field, "too_many_cells")) } else { Ok(()) }
}

/// Two people who keep dimensions take turns.
pub(crate) async fn hold(w: &mut Writer) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('dimensions:' || app.tenant()::text, 0))").execute(w.conn()).await?;
    Ok(())
}

async fn insert(w: &mut Writer, key: &str, name: &Wording, kind: DimensionKind, values: &[NewValue]) -> Result<DimensionId> {
    let id = DimensionId::new();
    sqlx::query!("insert into app.dimension (id, key, name, kind) values ($1, $2, $3, $4)", id.0, key, Json(name) as _, kind.as_str())
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "name_en"))?;
    insert_values(w, id, values, 0).await?;
    Ok(id)
}

async fn insert_values(w: &mut Writer, dimension: DimensionId, values: &[NewValue], after: usize) -> Result<()> {
    for (at, value) in values.iter().enumerate() {
        // those about whom it is not known stand last, whatever is added later
        let sort = if value.is_unknown { 1000 } else { i32::try_from(after + at).unwrap_or(999) };
        sqlx::query!(
            "insert into app.dimension_value (id, dimension_id, code, label, sort, is_unknown) values ($1, $2, $3, $4, $5, $6)",
            DimensionValueId::new().0,
            dimension.0,
            value.code,
            Json(&value.label) as _,
            sort,
            value.is_unknown
        )
        .execute(w.conn())
        .await
        .map_err(|error| Error::or_duplicate(error, "values"))?;
    }
    Ok(())
}

/// Adds a dimension of the organisation's own.
///
/// # Errors
/// Refusal, refused fields (`taken`, `twice`, `too_many`), or the database's.
pub async fn add(cx: &Cx, form: &DimensionForm) -> Result<DimensionId> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    hold(&mut w).await?;
    let mut bad = Invalid::default();
    let name = Wording::parse(&mut bad, "name", &[(Locale::En, &form.name_en), (Locale::Sw, &form.name_sw)]);
    let kind = bad.keep("dimension_kind", form.kind.parse::<DimensionKind>().map_err(|_| "not_a_choice"));
    let there = all(w.conn()).await?;
    if there.len() >= MOST {
        bad.note("name_en", "too_many");
    }
    let unknown = NewValue { code: UNKNOWN.to_owned(), label: Wording::shipped("Unknown", "Haijulikani"), is_unknown: true };
    let taken: Vec<_> = form.with_unknown.then(|| (unknown.code.clone(), unknown.label.clone())).into_iter().collect();
    let values = match parse_values(&form.values, &taken) {
        Ok(values) => Some(values),
        Err(Error::Invalid(faults)) => {
            faults.0.iter().for_each(|(field, fault)| bad.note(field, fault));
            None
        }
        Err(error) => return Err(error),
    };
    bad.check()?;
    let (Some(name), Some(kind), Some(mut values)) = (name, kind, values) else {
        return Err(Error::Internal("a form without fault that holds nothing".into()));
    };
    if form.with_unknown {
        values.push(unknown);
    }
    let key = word(&name, '_', &format!("d{}", there.len() + 1));
    if SHIPPED.iter().any(|shipped| shipped.key == key) {
        return Err(Error::field("name_en", "taken"));
    }
    let id = insert(&mut w, &key, &name, kind, &values).await?;
    w.commit(Event::DimensionAdded(id)).await?;
    Ok(id)
}

/// The organisation's row of a dimension that comes with Kipimo, made where it has none yet. The dimensions are held.
pub(crate) async fn adopt(w: &mut Writer, shipped: Shipped) -> Result<DimensionId> {
    let there = sqlx::query_scalar!(r#"select id as "id: DimensionId" from app.dimension where key = $1"#, shipped.key)
        .fetch_optional(w.conn())
        .await?;
    if let Some(id) = there {
        return Ok(id);
    }
    let values: Vec<NewValue> = shipped
        .values
        .iter()
        .map(|(code, en, sw)| NewValue { code: (*code).to_owned(), label: Wording::shipped(en, sw), is_unknown: *code == UNKNOWN })
        .collect();
    insert(w, shipped.key, &shipped.wording(), shipped.kind(), &values).await
}

/// Changes what a dimension is called. How its values relate to the whole stays: figures were checked by it.
///
/// # Errors
/// Refusal, refused fields, not found, stale, or the database's.
pub async fn update(cx: &Cx, id: DimensionId, name_en: &str, name_sw: &str, row_version: i32) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    hold(&mut w).await?;
    let mut bad = Invalid::default();
    let name = Wording::parse(&mut bad, "name", &[(Locale::En, name_en), (Locale::Sw, name_sw)]);
    bad.check()?;
    let there = sqlx::query_scalar!("select row_version from app.dimension where id = $1", id.0).fetch_optional(w.conn()).await?;
    if there.ok_or(Error::NotFound)? != row_version {
        return Err(Error::Stale);
    }
    sqlx::query!("update app.dimension set name = $2 where id = $1", id.0, Json(name) as _).execute(w.conn()).await?;
    w.commit(Event::DimensionRenamed(id)).await
}

/// Adds values to a dimension: they are asked for from now on, in every period that is still open, also where a framework is approved. A
/// draft without them has no total any more until they are filled in.
///
/// # Errors
/// Refusal, refused fields, not found, or the database's.
pub async fn add_values(cx: &Cx, id: DimensionId, typed: &str) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    hold(&mut w).await?;
    let there = all(w.conn()).await?.into_iter().find(|dimension| dimension.id == id).ok_or(Error::NotFound)?;
    let taken: Vec<_> = there.values.iter().map(|value| (value.code.clone(), value.label.clone())).collect();
    let values = parse_values(typed, &taken)?;
    expect_room(&mut w, &there, there.asked().count() + values.len(), "values").await?;
    insert_values(&mut w, id, &values, taken.len()).await?;
    w.commit(Event::DimensionExtended(id)).await
}

/// Asks for a value no more, or again. What was reported for it stays.
///
/// # Errors
/// Refusal, not found, `last_value`, or the database's.
pub async fn archive(cx: &Cx, id: DimensionId, value: DimensionValueId, archived: bool) -> Result<()> {
    let mut w = cx.write(Can::KeepLibrary).await?;
    hold(&mut w).await?;
    let there = all(w.conn()).await?.into_iter().find(|dimension| dimension.id == id).ok_or(Error::NotFound)?;
    if !there.values.iter().any(|other| other.id == value) {
        return Err(Error::NotFound);
    }
    if archived && there.asked().all(|other| other.id == value) {
        return Err(Error::Rule("last_value"));
    }
    if !archived {
        expect_room(&mut w, &there, there.asked().count() + 1, "value").await?;
    }
    sqlx::query!("update app.dimension_value set archived = $2 where id = $1 and archived <> $2", value.0, archived)
        .execute(w.conn())
        .await?;
    w.commit(if archived { Event::DimensionValueArchived(id) } else { Event::DimensionValueAskedAgain(id) }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_keys() {
        let table = [
            ("Grade 1", '-', "grade-1"),
            ("60+", '-', "60+"),
            ("  Other / none ", '-', "other-none"),
            ("عمر", '-', "v7"),
            ("School grade", '_', "school_grade"),
            ("3rd round", '_', "v7"),
            ("+60", '-', "60"),
        ];
        for (called, joint, expected) in table {
            assert_eq!(word(&Wording::shipped(called, ""), joint, "v7"), expected, "{called}");
        }
    }

    #[test]
    fn values_are_told_apart() {
        let there = [("unknown".to_owned(), Wording::shipped("Unknown", "Haijulikani"))];
        let codes = |typed: &str| parse_values(typed, &there).map(|v| v.into_iter().map(|v| v.code).collect::<Vec<_>>());
        assert_eq!(codes("A\n\n B | C \n").unwrap(), ["a", "b"]);
        assert_eq!(codes("<5\n>5\n+60").unwrap(), ["5", "5-3", "60"]);
        for (typed, fault) in [("", "required"), ("A\na", "twice"), ("Unknown", "twice")] {
            match codes(typed) {
                Err(Error::Invalid(bad)) => assert_eq!(bad.0.get("values"), Some(&fault), "{typed:?}"),
                other => panic!("{typed:?}: {other:?}"),
            }
        }
        let many = (0..40).map(|n| n.to_string()).collect::<Vec<_>>().join("\n");
        assert!(codes(&many).is_err());
    }
}
