//! Telling who made a link that it ends soon: two weeks and three days before, once each.

use crate::db::{Db, KeyOwner, Why};
use crate::kernel::error::Result;
use crate::kernel::ids::DonorLinkId;
use crate::kernel::text::Locale;
use crate::mail::{self, Kind, Letter};

/// Puts the letters about links that end soon into the outbox, and forgets who never answered at a locked one. The server does so every
/// ten minutes: run twice, nobody is told twice. Answers how many letters there are.
///
/// # Errors
/// The database's.
pub async fn tell_of_ends(db: &Db) -> Result<usize> {
    let mut tx = db.system(Why::Mail).await?;
    sqlx::query!("select gate.forget_knocks()").execute(tx.conn()).await?;
    let told = sqlx::query!(
        r#"select link_id as "link!: DonorLinkId", ends as "ends!", recipient as "recipient!", email as "email!", name as "name!",
             locale as "locale!", organisation as "organisation!", slug as "slug!", may_roll as "may_roll!"
           from gate.tell_of_ending_links()"#
    )
    .fetch_all(tx.conn())
    .await?;
    let count = told.len();
    for row in told {
        let letter = Letter {
            kind: if row.may_roll { Kind::DonorLinkEnds } else { Kind::DonorLinkEndsForGood },
            to: row.email,
            name: row.name,
            locale: Locale::parse(&row.locale).unwrap_or(Locale::En),
            path: format!("/o/{}/admin/donor-links/{}", row.slug, row.link),
            organisation: row.organisation,
            device: String::new(),
            at: format!("{} UTC", row.ends.format("%Y-%m-%d %H:%M")),
            about: row.recipient,
        };
        mail::post(db, &mut tx, KeyOwner::PLATFORM, &letter).await?;
    }
    tx.commit().await?;
    Ok(count)
}
