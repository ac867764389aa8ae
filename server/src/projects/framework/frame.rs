//! The levels of a framework: a template's that comes with Kipimo, or the project's own, typed or copied from a template of the
//! organisation.

use super::edit::open;
use super::level::{LONGEST_LEVEL, Levels, MOST_LEVELS};
use super::{Node, levels, own_templates};
use crate::access::{Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::ids::ProjectId;
use crate::kernel::text::{self, Locale};
use crate::kernel::wording::Wording;

/// What stands there, what was chosen and what was typed, as what is to stand there.
///
/// # Errors
/// `levels_or_template` where a template of the organisation was chosen and other names typed beside it: one of them would be lost.
fn decided(stands: Levels, chosen: Levels, typed: Vec<String>) -> Result<Levels, Fault> {
    if chosen.own.is_empty() {
        return Ok(Levels { template: chosen.template, ..stands.named(typed) });
    }
    if !typed.is_empty() && typed != stands.own && typed != chosen.own {
        return Err("levels_or_template");
    }
    Ok(Levels { template: stands.template, ..chosen })
}

async fn of_project(w: &mut Writer, project: ProjectId) -> Result<Levels> {
    let row = sqlx::query!(
        "select framework_template, framework_levels, framework_result_types, framework_level_indicators from app.project where id = $1",
        project.0
    )
    .fetch_one(w.conn())
    .await?;
    Ok(Levels {
        template: row.framework_template,
        own: row.framework_levels,
        result_types: row.framework_result_types,
        indicators: row.framework_level_indicators,
    })
}

/// No result stands deeper than the levels go, and none carries an indicator where its level takes none.
async fn expect_room(w: &mut Writer, project: ProjectId, all: &[Node], new: &Levels, field: &str) -> Result<()> {
    let deepest = all.iter().map(|node| usize::try_from(node.level + 1).unwrap_or_default()).max().unwrap_or_default();
    if levels(&new.template, &new.own) < deepest {
        return Err(Error::field(field, "levels_too_few"));
    }
    let bare: Vec<_> = all.iter().filter(|node| !new.takes_indicators(node.level)).map(|node| node.id.0).collect();
    if bare.is_empty() {
        return Ok(());
    }
    let measured = sqlx::query_scalar!(
        r#"select exists(select from app.indicator where project_id = $1 and result_node_id = any ($2) and deleted_at is null) as "yes!""#,
        project.0,
        &bare
    )
    .fetch_one(w.conn())
    .await?;
    if measured { Err(Error::field(field, "levels_with_indicators")) } else { Ok(()) }
}

/// Sets the levels of a framework: a template (the key of one that comes with Kipimo, or the id of one of the organisation's, which is
/// copied), or names of the project's own, one a line.
///
/// # Errors
/// Refusal, stale, refused fields (`levels_too_few` where results stand deeper, `levels_with_indicators` where one has indicators that its
/// level takes no more, `levels_or_template`); `framework_approved`; or the database's.
pub async fn set_levels(cx: &Cx, project: ProjectId, template: &str, own: &str, row_version: i32) -> Result<()> {
    let (mut w, all) = open(cx, project).await?;
    let mut invalid = Invalid::default();
    let chosen = own_templates::chosen(w.conn(), template).await?;
    let chosen = invalid.keep("framework_template", chosen.ok_or("not_a_choice"));
    let typed = invalid.keep("framework_levels", own_levels(own));
    let (Some(chosen), Some(typed)) = (chosen, typed) else { return Err(Error::Invalid(invalid)) };
    let field = if chosen.own.is_empty() && !typed.is_empty() { "framework_levels" } else { "framework_template" };
    let stands = of_project(&mut w, project).await?;
    let new = decided(stands, chosen, typed).map_err(|fault| Error::field("framework_levels", fault))?;
    expect_room(&mut w, project, &all, &new, field).await?;
    let done = sqlx::query!(
        "update app.project set framework_template = $2, framework_levels = $3, framework_result_types = $4,
           framework_level_indicators = $5
         where id = $1 and row_version = $6",
        project.0,
        new.template,
        &new.own,
        &new.result_types,
        &new.indicators,
        row_version
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    w.commit(Event::FrameworkLevelsSet(project)).await
}

/// Names of levels, one a line, each perhaps in both languages: `Goal | Lengo kuu`.
fn own_levels(text: &str) -> Result<Vec<String>, Fault> {
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(own_level).collect::<Result<_, _>>()?;
    if names.len() > MOST_LEVELS { Err("levels_too_many") } else { Ok(names) }
}

fn own_level(line: &str) -> Result<String, Fault> {
    let said = Wording::parse_line(line)?;
    for locale in Locale::ALL {
        text::line(said.only(locale), 0, LONGEST_LEVEL)?;
    }
    Ok(said.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_levels() {
        assert_eq!(own_levels("").unwrap_or_default(), Vec::<String>::new());
        assert_eq!(own_levels(" Vision \n\nPillar\r\nResult ").unwrap_or_default(), ["Vision", "Pillar", "Result"]);
        assert_eq!(own_levels("Vision|Dira\n | Zao").unwrap_or_default(), ["Vision | Dira", "| Zao"]);
        assert_eq!(own_levels(&"x\n".repeat(9)), Err("levels_too_many"));
        for bad in ["x".repeat(61), format!("a | {}", "x".repeat(61)), "a|b|c".to_owned(), "|".to_owned()] {
            assert!(own_levels(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_said_of_a_level_stays_with_its_place() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let of = |template: &str, own: &[&str], types: &[i16], indicators: &[bool]| Levels {
            template: template.to_owned(),
            own: names(own),
            result_types: types.to_vec(),
            indicators: indicators.to_vec(),
        };
        let (fcdo, ec) = (of("fcdo", &[], &[], &[]), of("ec", &[], &[], &[]));
        let copied = of("goal_outcome_output_activity", &["Vision", "Fruit"], &[3, 1], &[false, true]);
        let taken = of("fcdo", &["Vision", "Fruit"], &[3, 1], &[false, true]);
        let renamed = of("fcdo", &["Dream", "Fruit"], &[3, 1], &[false, true]);
        let cases = [
            ("a shipped template", fcdo.clone(), ec.clone(), names(&[]), Ok(ec.clone())),
            ("names of one's own", fcdo.clone(), ec.clone(), names(&["A", "B"]), Ok(of("ec", &["A", "B"], &[], &[]))),
            ("a template of the organisation", fcdo.clone(), copied.clone(), names(&[]), Ok(taken.clone())),
            ("the same in the place of own names", of("fcdo", &["A"], &[], &[]), copied.clone(), names(&["A"]), Ok(taken.clone())),
            ("and other names beside it", of("fcdo", &["A"], &[], &[]), copied.clone(), names(&["B"]), Err("levels_or_template")),
            ("renamed", taken.clone(), fcdo.clone(), names(&["Dream", "Fruit"]), Ok(renamed)),
            ("fewer", taken.clone(), fcdo.clone(), names(&["Dream"]), Ok(of("fcdo", &["Dream"], &[3], &[false]))),
            ("more", taken.clone(), fcdo.clone(), names(&["A", "B", "C"]), Ok(of("fcdo", &["A", "B", "C"], &[3, 1], &[false, true]))),
            ("none any more", taken, fcdo.clone(), names(&[]), Ok(fcdo)),
        ];
        for (what, stands, chosen, typed, expected) in cases {
            assert_eq!(decided(stands, chosen, typed), expected, "{what}");
        }
        assert!(!copied.takes_indicators(0) && copied.takes_indicators(1) && copied.takes_indicators(7));
    }
}
