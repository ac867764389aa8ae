//! Telling members what an administrator did to them: in their news, and by a letter of the organisation.

use uuid::Uuid;

use crate::access::{Cx, Writer};
use crate::identity::device;
use crate::kernel::error::Result;
use crate::kernel::ids::MembershipId;
use crate::kernel::text::Locale;
use crate::mail::{Kind, Letter, post_for_organisation};

/// Tells a member, within the change that it is about.
pub(super) async fn member(cx: &Cx, w: &mut Writer, id: MembershipId, kind: Kind) -> Result<()> {
    let row = sqlx::query!(
        r#"select p.name as "name!", p.email as "email!", p.locale as "locale!",
             to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as "at!"
           from app.membership m join gate.people() p on p.id = m.user_id where m.id = $1"#,
        id.0
    )
    .fetch_optional(w.conn())
    .await?;
    let Some(row) = row else { return Ok(()) };
    let agent = cx.facts().agent.as_deref();
    sqlx::query!("select gate.tell_member($1, $2, $3, $4)", id.0, Uuid::now_v7(), kind.as_str(), agent).execute(w.conn()).await?;
    let letter = Letter {
        kind,
        to: row.email,
        name: row.name,
        locale: Locale::parse(&row.locale).unwrap_or(Locale::En),
        path: String::new(),
        organisation: cx.standing()?.tenant_name.clone(),
        device: device::of(agent).unwrap_or_default(),
        at: row.at,
        about: String::new(),
    };
    post_for_organisation(cx.db(), w.conn(), cx.standing()?.tenant, &letter).await
}
