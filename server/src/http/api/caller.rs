//! Who calls: an API token, or the signed token that was given for one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header;
use axum::http::request::Parts;

use super::{ApiState, Problem, token};
use crate::access::Cx;
use crate::http::client;
use crate::identity::{authenticate, tokens};
use crate::kernel::error::Error;

/// The context of the caller.
pub(crate) struct Caller(pub Cx);

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let facts = Arc::new(client::facts(peer, &parts.headers, &state.trusted_proxies));
        let mut headers = parts.headers.get_all(header::AUTHORIZATION).iter();
        // of two, somebody between may have looked at the other one
        let header = headers.next().filter(|_| headers.next().is_none()).and_then(|value| value.to_str().ok());
        let bearer = header.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, secret)) = bearer else { return Err(Error::SignedOut.into()) };
        let secret = secret.trim();
        let actor = if tokens::is_well_formed(secret) {
            authenticate::by_token(&state.db, secret).await?
        } else {
            match token::claims(state, secret) {
                Some((tenant, id)) => authenticate::by_token_id(&state.db, tenant, id).await?,
                None => None,
            }
        };
        let actor = actor.ok_or(Error::SignedOut)?;
        let cx = Cx::new(state.db.clone(), actor, facts);
        // for the body, which is read after this: see `body::Sender`
        parts.extensions.insert(cx.clone());
        Ok(Self(cx))
    }
}
