//! The reader's own account, in no organisation in particular.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use server::identity::authenticate::SignedIn;
use server::identity::sign_in::{self, Organisation};
use server::kernel::error::Error;
use server::kernel::text::Locale;

use crate::answers::Answer;
use crate::forms::Sheet;
use crate::text::Say;
use crate::visit::{App, Problem, Visit};

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/account", get(show))
}

/// `/settings/account`.
///
/// # Errors
/// To the sign-in page for nobody, to the code page for who still owes one; the database's.
pub async fn show(visit: Visit) -> Answer {
    let actor = match visit.signed_in("").await? {
        Some(SignedIn::Fully(actor)) => actor,
        Some(SignedIn::CodeOwed(_)) => return Err(Problem::Elsewhere("/login/code".into())),
        None => return Err(Error::SignedOut.into()),
    };
    let user = actor.user().ok_or(Error::SignedOut)?;
    let organisations = sign_in::organisations(&visit.app.db, user).await?;
    let say = visit.say;
    let (name, email) = (actor.name().to_owned(), actor.email().to_owned());
    let language = language_form(say, &Sheet::new(&visit, "languages/choose", None));
    let organisations = organisation_list(say, organisations);
    Ok(visit.public(&say.t("account-title"), move || {
        view! {
            <div class="page-head"><div><h1>{say.t("account-title")}</h1></div></div>
            <dl class="defs">
                <dt>{say.t("field-name")}</dt><dd>{name}</dd>
                <dt>{say.t("field-email")}</dt><dd>{email}</dd>
            </dl>
            {organisations}
            <section class="flow-s"><h2>{say.t("account-language")}</h2>{language}</section>
            <form method="post" action="/logout"><button class="btn">{say.t("nav-sign-out")}</button></form>
        }
    }))
}

fn language_form(say: Say, sheet: &Sheet) -> AnyView {
    let languages = Locale::ALL.iter().map(|locale| (locale.as_str().to_owned(), say.word("language", locale.as_str()))).collect();
    let fields = view! { {sheet.choice("locale", languages, say.0.as_str())}{sheet.actions("save", None)} };
    sheet.form(&[], fields)
}

fn organisation_list(say: Say, organisations: Vec<Organisation>) -> AnyView {
    let none = organisations.is_empty();
    let list = organisations
        .into_iter()
        .map(|one| view! { <li><a href=format!("/o/{}", one.slug)>{one.name}</a></li> })
        .collect_view();
    view! {
        <section class="flow-s"><h2>{say.t("account-organisations")}</h2>
            {none.then(|| view! { <p>{say.t("no-organisation")}</p> })}
            <ul class="plain-list">{list}</ul>
        </section>
    }
    .into_any()
}
