//! Organisations and own data of an account.

use leptos::prelude::*;
use server::identity::sign_in;
use server::kernel::error::Error;

use super::{Tab, page};
use crate::answers::Answer;
use crate::visit::Visit;

/// `/settings/account`.
///
/// # Errors
/// To the sign-in page for nobody.
pub async fn show(visit: Visit) -> Answer {
    let actor = visit.person().await?;
    let mine = sign_in::organisations(&visit.app.db, actor.user().ok_or(Error::SignedOut)?).await?;
    let say = visit.say;
    Ok(page(&visit, Tab::Account, &say.t("nav-settings"), move || {
        let none = mine.is_empty();
        let list: Vec<_> = mine.into_iter().map(|o| view! { <li><a href=format!("/o/{}", o.slug)>{o.name}</a></li> }).collect();
        view! {
            <section class="flow-s" aria-labelledby="own-h"><h2 id="own-h">{say.t("account-own")}</h2>
                <dl class="facts"><dt>{say.t("field-name")}</dt><dd>{actor.name().to_owned()}</dd>
                    <dt>{say.t("field-email")}</dt><dd>{actor.email().to_owned()}</dd></dl></section>
            <section class="flow-s" aria-labelledby="orgs-h"><h2 id="orgs-h">{say.t("account-organisations")}</h2>
                {none.then(|| view! { <p>{say.t("no-organisation")}</p> })}<ul>{list}</ul></section>
        }
    }))
}
