//! Several links revoked at once: those that were chosen, or all of a donor.

use std::collections::BTreeSet;

use super::own_only;
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{DonorId, DonorLinkId};
use crate::kernel::text;

/// Which links are revoked together.
#[derive(Clone, Copy, Debug)]
pub enum Several<'a> {
    /// These.
    Chosen(&'a [DonorLinkId]),
    /// Every one of a donor, if one is named.
    OfDonor(Option<DonorId>),
}

/// How many links were revoked, and how many of the chosen ones were not: they had ended, or are somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Links that open nothing from now on.
    pub revoked: usize,
    /// Chosen ones that stay as they were.
    pub skipped: usize,
}

/// Revokes several living links at once, of those that this person may revoke.
///
/// # Errors
/// Refusal, a missing reason, a donor that is not named, rule `nothing_to_revoke`, or the database's.
pub async fn revoke(cx: &Cx, which: Several<'_>, reason: &str) -> Result<Revoked> {
    let mut w = cx.write(Can::RevokeDonorLink(None)).await?;
    let mut bad = Invalid::default();
    let reason = bad.keep("reason", text::line(reason, 3, 500));
    let (ids, donor) = match which {
        Several::Chosen(ids) => (Some(ids.iter().map(|id| id.0).collect::<Vec<_>>()), None),
        Several::OfDonor(donor) => {
            if donor.is_none() {
                bad.note("donor", "required");
            }
            (None, donor)
        }
    };
    let (Some(reason), true) = (reason, bad.0.is_empty()) else { return Err(Error::Invalid(bad)) };
    let within = w.scope.projects();
    let own = own_only(cx, None).then_some(cx.user()?.0);
    let done = sqlx::query!(
        "update app.donor_link set revoked_at = now(), revoked_by = $1, revoke_reason = $2
         where revoked_at is null and rolling_until > now() and ($3::uuid[] is null or id = any ($3)) and ($4::uuid is null or donor_id = $4)
           and ($5::uuid[] is null or project_id = any ($5)) and ($6::uuid is null or created_by = $6)",
        cx.user()?.0,
        reason,
        ids.as_deref(),
        donor.map(|donor| donor.0),
        within.as_deref(),
        own
    )
    .execute(w.conn())
    .await?;
    let count = usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
    if count == 0 {
        return Err(Error::Rule("nothing_to_revoke"));
    }
    w.commit(Event::DonorLinksRevoked { donor, count, reason }).await?;
    // the same one chosen twice is one
    let chosen = ids.map_or(count, |ids| ids.into_iter().collect::<BTreeSet<_>>().len());
    Ok(Revoked { revoked: count, skipped: chosen.saturating_sub(count) })
}
