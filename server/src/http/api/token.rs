//! A signed token for a day, given for an API token: EdDSA, checked strictly, and alive only while the API token is.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{ApiState, Problem};
use crate::identity::{authenticate, tokens};
use crate::kernel::crypto::{base64url, hex, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{TenantId, TokenId};

/// Seconds that a signed token lives.
const DAY: u64 = 86_400;
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

fn key(state: &ApiState) -> Result<Key> {
    let seed = state.db.keys().signing_seed("api tokens")?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| Error::Internal("signing key".into()))?;
    let id = hex(&sha256(pair.public_key().as_ref()))[..16].to_owned();
    Ok(Key { pair, id })
}

/// Gives a signed token for an API token.
#[utoipa::path(post, path = "/token", request_body = ApiToken, security(()), responses((status = 200, body = Signed), (status = 401)))]
pub(crate) async fn exchange(State(state): State<ApiState>, Json(given): Json<ApiToken>) -> std::result::Result<Json<Signed>, Problem> {
    if !tokens::is_well_formed(&given.token) {
        return Err(Error::SignedOut.into());
    }
    let (tenant, id, user) = authenticate::token_named(&state.db, &given.token).await?.ok_or(Error::SignedOut)?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let claims = Claims {
        iss: state.public_url.clone(),
        aud: AUDIENCE.into(),
        sub: user.0,
        tid: tenant.0,
        scope: "api".into(),
        jti: id.0,
        iat: now,
        nbf: now,
        exp: now + DAY,
    };
    let key = key(&state)?;
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
    let key = key(state).ok()?;
    let header = jsonwebtoken::decode_header(text).ok()?;
    if header.kid.as_deref() != Some(key.id.as_str()) || header.typ.as_deref() != Some("at+jwt") {
        return None;
    }
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
    let key = key(&state)?;
    let public = base64url(key.pair.public_key().as_ref());
    let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.id, "x": public}]});
    Ok(([("cache-control", "public, max-age=3600")], Json(keys)))
}
