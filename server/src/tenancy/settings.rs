//! What an organisation decides about itself. Every change says why.

use chrono_tz::Tz;

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Fault, Invalid, Result};
use crate::kernel::text::{self, Locale};

/// The settings of an organisation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The language of what it makes.
    pub default_locale: String,
    /// Its time zone, by the name that the IANA database gives it.
    pub timezone: String,
    /// Its currency (ISO 4217).
    pub base_currency: String,
    /// The month in which its year begins: 1 to 12.
    pub fiscal_year_start_month: i16,
    /// Counts of people below this are hidden from donors.
    pub small_cell_threshold: i32,
    /// Whether people may verify what they submitted; it is marked wherever it shows.
    pub self_verify_allowed: bool,
    /// Whether who operates the platform may look in to help.
    pub support_access: bool,
    /// Months for which the log is kept.
    pub retention_months: i32,
    /// Days for which a donor's link lives after it was last opened, at most and where nothing else is said.
    pub donor_link_default_days: i32,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// What an administrator typed.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// As in [`Settings`].
    pub name: &'a str,
    /// As in [`Settings`].
    pub slug: &'a str,
    /// As in [`Settings`].
    pub default_locale: &'a str,
    /// As in [`Settings`].
    pub timezone: &'a str,
    /// As in [`Settings`].
    pub base_currency: &'a str,
    /// As in [`Settings`].
    pub fiscal_year_start_month: &'a str,
    /// As in [`Settings`].
    pub small_cell_threshold: &'a str,
    /// As in [`Settings`].
    pub self_verify_allowed: bool,
    /// As in [`Settings`].
    pub support_access: bool,
    /// As in [`Settings`].
    pub retention_months: &'a str,
    /// As in [`Settings`].
    pub donor_link_default_days: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The version that was edited.
    pub row_version: i32,
}

/// The settings.
///
/// # Errors
/// Refusal, or the database's.
pub async fn get(cx: &Cx) -> Result<Settings> {
    let mut r = cx.read(Can::ReadSettings).await?;
    Ok(sqlx::query_as!(
        Settings,
        "select name, slug, default_locale, timezone, base_currency, fiscal_year_start_month, small_cell_threshold, self_verify_allowed,
           support_access, retention_months, donor_link_default_days, row_version from app.tenant"
    )
    .fetch_one(r.conn())
    .await?)
}

/// A whole number within limits.
pub(crate) fn whole(text: &str, least: i32, most: i32) -> Result<i32, Fault> {
    let number: i32 = text.trim().parse().map_err(|_| "not_a_number")?;
    if (least..=most).contains(&number) { Ok(number) } else { Err("out_of_range") }
}

fn currency(text: &str) -> Result<String, Fault> {
    let code = text.trim().to_uppercase();
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) { Ok(code) } else { Err("not_a_currency") }
}

/// What the fields say once they are of their form.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    name: String,
    slug: String,
    locale: Locale,
    zone: Tz,
    currency: String,
    month: i16,
    threshold: i32,
    months: i32,
    link_days: i32,
    reason: String,
}

fn parse(wanted: &Wanted<'_>) -> Result<Parsed> {
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(wanted.name, 1, 120));
    let slug = invalid.keep("slug", text::organisation(wanted.slug));
    let locale = invalid.keep("default_locale", Locale::parse(wanted.default_locale).ok_or("not_a_choice"));
    let zone = invalid.keep("timezone", wanted.timezone.trim().parse::<Tz>().map_err(|_| "not_a_time_zone"));
    let currency = invalid.keep("base_currency", currency(wanted.base_currency));
    let month = invalid.keep("fiscal_year_start_month", whole(wanted.fiscal_year_start_month, 1, 12));
    let threshold = invalid.keep("small_cell_threshold", whole(wanted.small_cell_threshold, 0, 50));
    let months = invalid.keep("retention_months", whole(wanted.retention_months, 24, 240));
    let link_days = invalid.keep("donor_link_default_days", whole(wanted.donor_link_default_days, 1, 90));
    let reason = invalid.keep("reason", text::line(wanted.reason, 10, 500));
    match (name, slug, (locale, zone), currency, month, threshold, (months, link_days), reason) {
        (
            Some(name),
            Some(slug),
            (Some(locale), Some(zone)),
            Some(currency),
            Some(month),
            Some(threshold),
            (Some(months), Some(link_days)),
            Some(reason),
        ) => {
            let month = i16::try_from(month).unwrap_or(1);
            Ok(Parsed { name, slug, locale, zone, currency, month, threshold, months, link_days, reason })
        }
        _ => Err(Error::Invalid(invalid)),
    }
}

/// Changes the settings.
///
/// # Errors
/// Refusal, refused fields, stale, or the database's.
pub async fn set(cx: &Cx, wanted: &Wanted<'_>) -> Result<String> {
    let mut w = cx.write(Can::SetSettings).await?;
    let new = parse(wanted)?;
    let before = sqlx::query_scalar!("select retention_months from app.tenant").fetch_one(w.conn()).await?;
    if new.months < before {
        return Err(Error::field("retention_months", "not_shortened"));
    }
    let done = sqlx::query!(
        "update app.tenant set name = $1, slug = $2, default_locale = $3, timezone = $4, base_currency = $5, fiscal_year_start_month = $6,
           small_cell_threshold = $7, self_verify_allowed = $8, support_access = $9, retention_months = $10,
           donor_link_default_days = $11 where row_version = $12",
        new.name,
        new.slug,
        new.locale.as_str(),
        new.zone.name(),
        new.currency,
        new.month,
        new.threshold,
        wanted.self_verify_allowed,
        wanted.support_access,
        new.months,
        new.link_days,
        wanted.row_version
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "slug"))?;
    if done.rows_affected() == 0 {
        return Err(Error::Stale);
    }
    let tenant = cx.standing()?.tenant;
    w.commit(Event::SettingsSet { tenant, reason: new.reason }).await?;
    Ok(new.slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Wanted<'_> = Wanted {
        name: "Amani",
        slug: "amani",
        default_locale: "sw",
        timezone: "Africa/Nairobi",
        base_currency: "kes",
        fiscal_year_start_month: "7",
        small_cell_threshold: "5",
        self_verify_allowed: false,
        support_access: false,
        retention_months: "24",
        donor_link_default_days: "90",
        reason: "the board has decided so",
        row_version: 1,
    };

    #[test]
    fn each_field_is_of_its_form() {
        assert_eq!(parse(&GOOD).map(|new| new.currency).map_err(|error| error.code()), Ok("KES".into()));
        for (wanted, field) in [
            (Wanted { name: "", ..GOOD }, "name"),
            (Wanted { slug: "www", ..GOOD }, "slug"),
            (Wanted { slug: "a", ..GOOD }, "slug"),
            (Wanted { slug: "1st", ..GOOD }, "slug"),
            (Wanted { slug: "amani-", ..GOOD }, "slug"),
            (Wanted { slug: "Amani", ..GOOD }, "slug"),
            (Wanted { default_locale: "fr", ..GOOD }, "default_locale"),
            (Wanted { timezone: "Mars/Olympus", ..GOOD }, "timezone"),
            (Wanted { base_currency: "shilling", ..GOOD }, "base_currency"),
            (Wanted { fiscal_year_start_month: "13", ..GOOD }, "fiscal_year_start_month"),
            (Wanted { small_cell_threshold: "-1", ..GOOD }, "small_cell_threshold"),
            (Wanted { retention_months: "12", ..GOOD }, "retention_months"),
            (Wanted { donor_link_default_days: "91", ..GOOD }, "donor_link_default_days"),
            (Wanted { reason: "why not", ..GOOD }, "reason"),
        ] {
            let Err(Error::Invalid(invalid)) = parse(&wanted) else { panic!("{field} was taken") };
            assert_eq!(invalid.0.keys().collect::<Vec<_>>(), [field]);
        }
    }
}
