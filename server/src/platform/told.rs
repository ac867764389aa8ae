//! Telling the administrators of an organisation what the platform's operators do there.

use chrono::Utc;

use super::{Desk, PLATFORM, Writer};
use crate::db::{Db, KeyOwner, Tx};
use crate::kernel::error::Result;
use crate::kernel::text::Locale;
use crate::mail::{self, Kind, Letter, post_for_organisation};

/// Somebody who is told; without an address where an organisation has no administrator.
pub(super) struct Told {
    pub kind: String,
    pub email: Option<String>,
    pub name: Option<String>,
    pub locale: Option<String>,
    pub organisation: String,
    pub slug: String,
}

/// Asks one of the gate's functions what administrators are to be told of.
macro_rules! told_by {
    ($function:literal $(, $value:expr)*) => {
        sqlx::query_as!(
            $crate::platform::told::Told,
            r#"select kind as "kind!", email, name, locale, organisation as "organisation!", slug as "slug!" from "# + $function
            $(, $value)*
        )
    };
}

pub(super) use told_by;

impl Told {
    fn letter(self) -> Option<Letter> {
        let (kind, page) = match self.kind.as_str() {
            "began" => (Kind::SupportBegan, "support"),
            "ended" => (Kind::SupportEnded, "support"),
            "invited" => (Kind::AdministratorInvited, "members"),
            "joined" => (Kind::AdministratorJoined, "members"),
            _ => return None,
        };
        Some(Letter {
            kind,
            to: self.email?,
            name: self.name.unwrap_or_default(),
            locale: self.locale.as_deref().and_then(Locale::parse).unwrap_or(Locale::En),
            path: format!("/o/{}/admin/{page}", self.slug),
            organisation: self.organisation,
            device: String::new(),
            at: format!("{} UTC", Utc::now().format("%Y-%m-%d %H:%M")),
            about: String::new(),
        })
    }
}

/// Puts their letters into the outbox, from a desk.
pub(super) async fn post(desk: &Desk, w: &mut Writer, told: Vec<Told>) -> Result<()> {
    for letter in told.into_iter().filter_map(Told::letter) {
        post_for_organisation(&desk.db, w.conn(), PLATFORM, &letter).await?;
    }
    Ok(())
}

/// Puts their letters into the outbox, in nobody's name.
pub(super) async fn send(db: &Db, tx: &mut Tx, told: Vec<Told>) -> Result<()> {
    for letter in told.into_iter().filter_map(Told::letter) {
        mail::post(db, tx, KeyOwner::PLATFORM, &letter).await?;
    }
    Ok(())
}
