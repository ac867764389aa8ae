//! The settings of an organisation.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::tenancy::settings::{self, Settings, Wanted};

use crate::answers::Answer;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/settings", get(show))
}

/// `/o/{org}/admin/settings`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let stands = settings::get(&cx).await?;
    let flash = visit.flash(cx.actor().user()).await?;
    let say = visit.say;
    let sheet = Sheet::new(&visit, "organisations/set", flash.as_ref());
    let more = [
        ("/admin/members", "members-title", Can::ListPeople),
        ("/admin/programmes", "programmes-title", Can::ReadProgrammes),
        ("/locations/import", "register-title-locations", Can::ImportLocations),
        ("/admin/sign-in", "sign-in-title", Can::ReadProvider),
        ("/admin/report-keys", "report-keys-title", Can::ReadSettings),
        ("/admin/tokens", "tokens-title", Can::ReadOwnTokens),
        ("/admin/support", "support-title", Can::ReadSupportVisits),
    ];
    let links: Vec<_> =
        more.into_iter().filter(|(_, _, can)| cx.may(*can)).map(|(path, key, _)| (format!("/o/{org}{path}"), key)).collect();
    Ok(visit.inside(&cx, Nav::Settings).show(&say.t("organisation-title"), move || {
        let links: Vec<_> = links.into_iter().map(|(href, key)| view! { <li><a href=href>{say.t(key)}</a></li> }).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("organisation-title")}</h1><p class="lede">{say.t("organisation-text")}</p></div></div>
            {form(say, &org, &sheet, &stands)}
            <section class="flow-s" aria-labelledby="more-h"><h2 id="more-h">{say.t("organisation-more")}</h2><ul>{links}</ul></section>
        }
    }))
}

fn form(say: Say, org: &str, sheet: &Sheet, stands: &Settings) -> AnyView {
    let months = (1..=12).map(|month| (month.to_string(), say.t(&format!("month-{month}")))).collect();
    let switch = |name: &'static str, stands: bool| {
        let checked = sheet.is_ticked(name, stands);
        view! {
            <div class="field"><label class="row"><input type="checkbox" name=name value="yes" checked=checked aria-describedby=format!("{name}-h")/>{say.word("field", name)}</label>
                <p class="hint" id=format!("{name}-h")>{say.word("hint", name)}</p></div>
        }
    };
    let now = [
        ("name", stands.name.clone()),
        ("slug", stands.slug.clone()),
        ("default_locale", stands.default_locale.clone()),
        ("timezone", stands.timezone.clone()),
        ("base_currency", stands.base_currency.clone()),
        ("fiscal_year_start_month", stands.fiscal_year_start_month.to_string()),
        ("small_cell_threshold", stands.small_cell_threshold.to_string()),
        ("retention_months", stands.retention_months.to_string()),
        ("donor_link_default_days", stands.donor_link_default_days.to_string()),
    ];
    let fields = view! {
        {parts::conflict(say, sheet, &now)}
        {sheet.line("name", "text", &stands.name)}
        {sheet.line("slug", "text", &stands.slug)}
        {sheet.language("default_locale", &stands.default_locale)}
        {sheet.line("timezone", "text", &stands.timezone)}
        {sheet.line("base_currency", "text", &stands.base_currency)}
        {sheet.choice("fiscal_year_start_month", months, &stands.fiscal_year_start_month.to_string())}
        {sheet.figure("small_cell_threshold", &stands.small_cell_threshold.to_string())}
        {sheet.figure("donor_link_default_days", &stands.donor_link_default_days.to_string())}
        {sheet.figure("retention_months", &stands.retention_months.to_string())}
        {switch("self_verify_allowed", stands.self_verify_allowed)}
        {switch("support_access", stands.support_access)}
        {sheet.line("reason", "text", "")}
        {sheet.actions("save", None)}
    };
    sheet.form(&[("org", org.to_owned()), ("row_version", stands.row_version.to_string())], fields)
}

/// Changes the settings.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "organisations/set")]
pub async fn set(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("organisations/set", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let wanted = Wanted {
            name: form.get("name"),
            slug: form.get("slug"),
            default_locale: form.get("default_locale"),
            timezone: form.get("timezone"),
            base_currency: form.get("base_currency"),
            fiscal_year_start_month: form.get("fiscal_year_start_month"),
            small_cell_threshold: form.get("small_cell_threshold"),
            self_verify_allowed: form.get("self_verify_allowed") == "yes",
            support_access: form.get("support_access") == "yes",
            retention_months: form.get("retention_months"),
            donor_link_default_days: form.get("donor_link_default_days"),
            reason: form.get("reason"),
            row_version: form.row_version()?,
        };
        let slug = settings::set(&cx, &wanted).await?;
        Ok(to(format!("/o/{slug}/admin/settings")).saying("saved"))
    })
    .await
}
