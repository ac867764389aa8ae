//! A signed token for a day, given for an API token: EdDSA, checked strictly, and alive only while the API token is.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::body::Sent;
use super::{ApiState, Problem};
use crate::identity::{authenticate, tokens};
use crate::kernel::crypto::{base64url, hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{TenantId, TokenId};

/// Seconds that a signed token lives.
const DAY: u64 = 86_400;
/// Hours for which the key of the month before still counts, and that of the next is published ahead.
const OLD_KEY_HOURS: i64 = 48;
const AUDIENCE: &str = "kipimo-api";

/// What a signed token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    tid: Uuid,
    scope: String,
    jti: Uuid,
    iat: u64,
    nbf: u64,
    exp: u64,
}

/// An API token.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiToken {
    /// `kipimo_pat_…`
    token: String,
}

/// A signed token.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Signed {
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
}

struct Key {
    pair: Ed25519KeyPair,
    id: String,
}

/// The key of a month. Every server derives the same ones, so that none of them has to be kept or sent round.
fn key(state: &ApiState, month: Month) -> Result<Key> {
    let seed = state.db.keys().signing_seed(&format!("api tokens {month}"))?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| Error::Internal("signing key".into()))?;
    let id = hex(&sha256(pair.public_key().as_ref()))[..16].to_owned();
    Ok(Key { pair, id })
}

/// A month, whose key signs the tokens that are given in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Month(i32);

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl Month {
    fn of(now: DateTime<Utc>) -> Self {
        Self(now.year() * 12 + i32::try_from(now.month0()).unwrap_or_default())
    }

    /// The months whose tokens may live: this one and, for two days into it, the one before.
    fn alive(now: DateTime<Utc>) -> Vec<Self> {
        let this = Self::of(now);
        let before = Self::of(now - TimeDelta::hours(OLD_KEY_HOURS));
        if before == this { vec![this] } else { vec![this, before] }
    }

    /// The months whose keys are published: those, and the next one before it begins, so that who keeps the set for a while has it.
    fn published(now: DateTime<Utc>) -> Vec<Self> {
        let mut all = Self::alive(now);
        let next = Self::of(now + TimeDelta::hours(OLD_KEY_HOURS));
        if next != all[0] {
            all.push(next);
        }
        all
    }
}

/// Gives a signed token for an API token.
#[utoipa::path(post, path = "/token", request_body = ApiToken, security(()), responses((status = 200, body = Signed)))]
pub(crate) async fn exchange(State(state): State<ApiState>, sent: Sent<ApiToken>) -> std::result::Result<Json<Signed>, Problem> {
    let given = sent.body;
    if !tokens::is_well_formed(&given.token) {
        return Err(Error::SignedOut.into());
    }
    let named = authenticate::token_named(&state.db, &given.token).await?.ok_or(Error::SignedOut)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let claims = Claims {
        iss: state.public_url.clone(),
        aud: AUDIENCE.into(),
        sub: named.user.0,
        tid: named.tenant.0,
        scope: named.scopes.join(" "),
        jti: named.id.0,
        iat: now,
        nbf: now,
        exp: now + DAY,
    };
    let key = key(&state, Month::of(Utc::now()))?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".into());
    header.kid = Some(key.id.clone());
    let document = key.pair.to_pkcs8v1().map_err(|_| Error::Internal("signing key".into()))?;
    let access_token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(document.as_ref()))
        .map_err(|error| Error::Internal(format!("token: {error}")))?;
    Ok(Json(Signed { access_token, token_type: "Bearer", expires_in: DAY }))
}

/// What a signed token stands for, if it is ours, of this algorithm, for this audience and not expired.
pub(crate) fn claims(state: &ApiState, text: &str) -> Option<(TenantId, TokenId)> {
    let header = jsonwebtoken::decode_header(text).ok()?;
    let named = header.kid.as_deref().filter(|_| header.typ.as_deref() == Some("at+jwt"))?;
    // what else a header says of keys is not looked at: the key is one of ours, or there is none
    let key = Month::alive(Utc::now()).into_iter().filter_map(|month| key(state, month).ok()).find(|key| key.id == named)?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.algorithms = vec![Algorithm::EdDSA];
    rules.leeway = 0;
    rules.validate_nbf = true;
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[state.public_url.as_str()]);
    rules.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    let public = DecodingKey::from_ed_der(key.pair.public_key().as_ref());
    let claims = jsonwebtoken::decode::<Claims>(text, &public, &rules).ok()?.claims;
    Some((TenantId(claims.tid), TokenId(claims.jti)))
}

/// The public keys.
pub(crate) async fn jwks(State(state): State<ApiState>) -> std::result::Result<impl IntoResponse, Problem> {
    let mut keys = Vec::new();
    for month in Month::published(Utc::now()) {
        let key = key(&state, month)?;
        let public = base64url(key.pair.public_key().as_ref());
        keys.push(json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id, "x": public}));
    }
    Ok(([("cache-control", "public, max-age=3600")], Json(json!({"keys": keys}))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_change_by_the_month_and_overlap() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, alive, published) in [
            ("2026-11-15T00:00:00Z", vec!["2026-11"], vec!["2026-11"]),
            ("2026-12-01T00:00:00Z", vec!["2026-12", "2026-11"], vec!["2026-12", "2026-11"]),
            ("2026-12-02T23:59:59Z", vec!["2026-12", "2026-11"], vec!["2026-12", "2026-11"]),
            ("2026-12-03T00:00:00Z", vec!["2026-12"], vec!["2026-12"]),
            ("2026-12-30T00:00:00Z", vec!["2026-12"], vec!["2026-12", "2027-01"]),
        ] {
            let texts = |months: Vec<Month>| months.iter().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(texts(Month::alive(at(now))), alive, "{now}");
            assert_eq!(texts(Month::published(at(now))), published, "{now}");
        }
    }
}
