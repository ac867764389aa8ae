//! A request, as pages and forms see it.

mod cookie;

pub use self::cookie::{Cookie, SUPPORT};

pub(crate) use self::cookie::locale;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use server::access::{Actor, Cx, RequestFacts};
use server::db::Db;
use server::http::guard::Nonce;
use server::identity::authenticate::{SignedIn, by_session};
use server::identity::breaches::Breaches;
use server::identity::factors::Shown;
use server::identity::flash::{self, Flash};
use server::identity::passkeys::{self, Answer, Site};
use server::identity::providers::Providers;
use server::identity::sessions;
use server::kernel::error::Error;
use server::kernel::files::Files;
use server::kernel::ids::UserId;
use server::platform::{Desk, support_visits};
use tower_sessions::Session;
use uuid::Uuid;

use self::cookie::cookies;
use crate::attended;
use crate::forms::Fields;
use crate::hosts::Hosts;
use crate::text::Say;

/// What the server was started with, as far as pages need it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address in links, without a slash at its end.
    pub public_url: String,
    /// Whether it is https: cookies are then `Secure` and carry a prefix that says so.
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The site for which passkeys are made; none where its address is no name.
    pub passkeys: Option<Site>,
    /// What is needed to ask the providers of organisations.
    pub providers: Providers,
    /// The hosts of organisations, where each has its own.
    pub hosts: Option<Arc<Hosts>>,
    /// Passwords that were lost elsewhere.
    pub breaches: Breaches,
    /// Where the schema of the IATI standard lies, if it was fetched.
    pub iati_schemas: Option<std::path::PathBuf>,
    /// Where the browser part lies, if it was built.
    pub browser: Option<crate::assets::Browser>,
}

/// What every handler may reach.
#[derive(Clone, Debug)]
pub struct App {
    /// The database, behind its doors.
    pub db: Db,
    /// Where files are kept.
    pub files: Files,
    /// The settings.
    pub settings: Arc<Settings>,
}

/// A request: where it came from, whose it is, and in which language to answer.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The server.
    pub app: App,
    /// What the log keeps of it.
    pub facts: Arc<RequestFacts>,
    /// The session of its cookie.
    pub session: Session,
    /// Speaks its language.
    pub say: Say,
    /// Its path and query.
    pub path: String,
    /// Whether a person asks, and no program that looks beforehand.
    pub by_person: bool,
    /// The nonce of the answer.
    pub nonce: String,
    /// The name of a flash, if the query has one.
    flash: Option<Uuid>,
    /// The name of a ceremony, if the query has one.
    ceremony: Option<Uuid>,
    /// The code of a notice, if the query has one.
    pub notice: Option<String>,
    cookies: Arc<Vec<(String, String)>>,
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum Problem {
    /// It is refused, or failed.
    Refused(Error),
    /// Another page comes first.
    Elsewhere(String),
    /// Part of a form was done: it comes back with these fields, and why they are left.
    Partly(Fields, Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Where somebody is led who owes a second factor.
const FACTOR_OWED: &str = "/settings/security";

impl Visit {
    /// The person of the cookie, as seen in an organisation; the empty slug asks for none.
    ///
    /// # Errors
    /// The database's.
    pub async fn signed_in(&self, org: &str) -> Result<Option<SignedIn>, Error> {
        if let Some(actor) = self.on_a_visit(org).await? {
            return Ok(Some(SignedIn::Fully(actor)));
        }
        let Some(id) = sessions::id_bytes(&self.session) else { return Ok(None) };
        Ok(by_session(&self.app.db, &id, org).await?.map(|(person, _)| person))
    }

    /// The person whom somebody is who operates the platform and visits this organisation to help. Nowhere else are they that person:
    /// neither on the pages of an account nor in another organisation.
    async fn on_a_visit(&self, org: &str) -> Result<Option<Actor>, Error> {
        let Some(id) = self.cookie(SUPPORT).filter(|_| !org.is_empty()).and_then(support_visits::id_of_cookie) else { return Ok(None) };
        // the cookie counts beside the operator's own session alone, which lasts as long as they are busy here
        let Some(own) = sessions::id_bytes(&self.session) else { return Ok(None) };
        let Some((SignedIn::Fully(operator), _)) = by_session(&self.app.db, &own, "").await? else { return Ok(None) };
        let found = by_session(&self.app.db, &id, org).await?;
        let found = found.filter(|(who, _)| who.actor().and_then(Actor::impersonator).map(|who| who.user) == operator.user());
        Ok(found.and_then(|(who, _)| who.actor().cloned()).filter(|actor| actor.impersonator().is_some() && actor.standing().is_some()))
    }

    /// The context of the person in an organisation, by whose clock times are told from here on.
    ///
    /// # Errors
    /// To the sign-in page for nobody, to the code page for who still owes one; not found for who is nobody there.
    pub async fn cx(&mut self, org: &str) -> Result<Cx, Problem> {
        let cx = self.admitted(org).await?;
        self.say = self.say.at(cx.zone());
        Ok(cx)
    }

    /// The same without setting the clock: for forms, which answer by leading on, and for pieces of a file. Whoever shows a time calls
    /// [`Visit::cx`].
    ///
    /// # Errors
    /// As [`Visit::cx`].
    pub async fn admitted(&self, org: &str) -> Result<Cx, Problem> {
        match self.signed_in(org).await? {
            None => Err(Error::SignedOut.into()),
            Some(SignedIn::CodeOwed(_)) => Err(Problem::Elsewhere("/login/code".into())),
            Some(SignedIn::FactorOwed(_)) => Err(Problem::Elsewhere(FACTOR_OWED.into())),
            // of a form it is not known where it stands
            Some(SignedIn::ProviderOwed(_, provider)) => {
                let next = if self.path.starts_with("/fn/") { format!("/o/{org}") } else { self.path.clone() };
                Err(Problem::Elsewhere(crate::pages::providers::page_of(provider, &next, false)))
            }
            Some(SignedIn::Fully(actor)) if actor.standing().is_none() => Err(Error::NotFound.into()),
            Some(SignedIn::Fully(actor)) => {
                let cx = Cx::new(self.app.db.clone(), actor, Arc::clone(&self.facts));
                // what a form does is written down by what it does
                if !self.path.starts_with("/fn/") {
                    cx.looked(&self.path).await?;
                }
                Ok(cx)
            }
        }
    }

    /// The person, in no organisation in particular.
    ///
    /// # Errors
    /// To the sign-in page for nobody, to the code page or to the second factor for who owes one.
    pub async fn person(&self) -> Result<Actor, Problem> {
        match self.owner().await? {
            (_, true) => Err(Problem::Elsewhere(FACTOR_OWED.into())),
            (actor, false) => Ok(actor),
        }
    }

    /// The desk of who operates the platform.
    ///
    /// # Errors
    /// As [`Visit::person`]; not found for everybody else.
    pub async fn desk(&self) -> Result<(Desk, Actor), Problem> {
        let actor = self.person().await?;
        Ok((Desk::of(self.app.db.clone(), &actor, Arc::clone(&self.facts))?, actor))
    }

    /// The person as the owner of an account, for the pages on which a second factor is set up; and whether they owe one and may
    /// see nothing else.
    ///
    /// # Errors
    /// To the sign-in page for nobody, to the code page for who owes a code.
    pub async fn owner(&self) -> Result<(Actor, bool), Problem> {
        match self.signed_in("").await? {
            Some(SignedIn::Fully(actor) | SignedIn::ProviderOwed(actor, _)) => Ok((actor, false)),
            Some(SignedIn::FactorOwed(actor)) => Ok((actor, true)),
            Some(SignedIn::CodeOwed(_)) => Err(Problem::Elsewhere("/login/code".into())),
            None => Err(Error::SignedOut.into()),
        }
    }

    /// What was typed into a form that was refused a moment ago.
    ///
    /// # Errors
    /// The database's.
    pub async fn flash(&self, user: Option<UserId>) -> Result<Option<Flash>, Error> {
        match self.flash {
            Some(id) => flash::take(&self.app.db, user, id).await,
            None => Ok(None),
        }
    }

    /// What the browser is asked to do with a passkey, if the query names a ceremony of this session: its name and its options.
    ///
    /// # Errors
    /// The database's.
    pub async fn ceremony(&self, user: UserId) -> Result<Option<(Uuid, String)>, Error> {
        let Some(id) = self.ceremony else { return Ok(None) };
        Ok(passkeys::options(&self.app.db, &self.session, user, id).await?.map(|options| (id, options)))
    }

    /// What a form shows as a second factor: the answer of a passkey, or else a code.
    #[must_use]
    pub fn shown<'a>(&'a self, fields: &'a Fields) -> Shown<'a> {
        match (&self.app.settings.passkeys, fields.get("credential"), fields.id("ceremony")) {
            (Some(site), credential, Ok(ceremony)) if !credential.is_empty() => Shown::Passkey(site, Answer { ceremony, credential }),
            _ => Shown::Code(fields.get("code")),
        }
    }

    /// The site for which passkeys are made.
    ///
    /// # Errors
    /// Not found, where there are none.
    pub fn passkeys(&self) -> Result<&Site, Error> {
        self.app.settings.passkeys.as_ref().ok_or(Error::NotFound)
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let facts = server::http::client::facts(peer, &parts.headers, &app.settings.trusted_proxies);
        let query = parts.uri.query().unwrap_or_default();
        let param = |name: &str| {
            query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()))
        };
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
        Ok(Self {
            facts: Arc::new(facts),
            session: parts
                .extensions
                .get::<Session>()
                .cloned()
                .unwrap_or_else(|| Session::new(None, Arc::new(sessions::Store::new(app.db.clone())), None)),
            say: Say::new(locale(&parts.headers)),
            ceremony: param("ceremony").and_then(|id| Uuid::parse_str(&id).ok()),
            flash: param("flash").and_then(|id| Uuid::parse_str(&id).ok()),
            notice: param("notice").filter(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')),
            path: without_flash(path),
            by_person: attended::by_person(&parts.method, &parts.headers),
            nonce: parts.extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default(),
            cookies: Arc::new(cookies(&parts.headers)),
            app: app.clone(),
        })
    }
}

/// A path without the flash, notice and ceremony of the last form, so that they don't pile up.
fn without_flash(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|p| !["flash=", "notice=", "ceremony="].iter().any(|own| p.starts_with(own))).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flashes_do_not_pile_up() {
        assert_eq!(without_flash("/a?flash=1&b=2&notice=x"), "/a?b=2");
        assert_eq!(without_flash("/a?flash=1"), "/a");
        assert_eq!(without_flash("/a"), "/a");
    }
}
