//! OpenID Connect with a provider: the authorization code flow with PKCE, a nonce, and signatures that its own keys made.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::url::Url;
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, StandardErrorResponse, StandardTokenResponse, SubjectIdentifier, TokenResponse as _, UserInfoClaims,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Providers;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::ProviderId;

/// How old a token may be when it arrives, and how far a provider's clock may be ahead, in minutes.
const TOKEN_MINUTES: i64 = 10;
/// Groups of a person that are looked at.
const MOST_GROUPS: usize = 1_000;
/// What a provider may sign with: its private key. Secrets that both sides know, and no signature at all, are none of these.
const SIGNED_WITH: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beyond the standard ones: the organisation says which of them holds groups.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Others(HashMap<String, Value>);
impl AdditionalClaims for Others {}

type Tokens = StandardTokenResponse<
    IdTokenFields<Others, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>,
    CoreTokenType,
>;
type Relying = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointMaybeSet,
>;

/// How the server is known to a provider.
pub(super) struct Registration {
    pub id: ProviderId,
    /// As it is set up now.
    pub generation: Uuid,
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    pub groups_claim: String,
}

/// A way to a provider, and what must be remembered until its answer comes.
pub(super) struct Departure {
    pub to: Url,
    pub state: SecretString,
    pub nonce: SecretString,
    pub verifier: SecretString,
}

/// What must agree with the answer.
pub(super) struct Expected<'a> {
    pub nonce: &'a SecretString,
    pub verifier: &'a SecretString,
    /// When the person must have proven themselves to the provider at the earliest.
    pub proven_since: Option<DateTime<Utc>>,
}

/// Whom a provider vouches for.
#[derive(Debug)]
pub(super) struct Vouched {
    pub subject: String,
    pub email: String,
    pub name: String,
    pub locale: Option<String>,
    /// None, where the provider says nothing about groups.
    pub groups: Option<Vec<String>>,
}

/// A provider that fails is told to the log; the person reads one of a few sentences.
fn unreachable<E: Into<Box<dyn std::error::Error>>>(error: E) -> Error {
    tracing::warn!(error = because(error.into().as_ref()), "a provider could not be asked");
    Error::Rule("provider_unreachable")
}

fn not_believed<E: Into<Box<dyn std::error::Error>>>(error: E) -> Error {
    tracing::warn!(error = because(error.into().as_ref()), "a provider was not believed");
    Error::Rule("provider_not_believed")
}

/// An error and what lies behind it. As displayed: what is debugged may hold a token.
fn because(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Providers {
    /// What a provider says about itself. Its addresses are held to the same rule as that of its issuer.
    pub(crate) async fn discover(&self, issuer: &str) -> Result<CoreProviderMetadata> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(unreachable)?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.outward).await.map_err(unreachable)?;
        if !self.outward.may_ask(found.authorization_endpoint().url()) {
            return Err(unreachable("its authorization endpoint may not be opened"));
        }
        Ok(found)
    }

    async fn relying(&self, registration: &Registration) -> Result<Relying> {
        let found = self.discover(&registration.issuer).await?;
        let by_basic =
            found.token_endpoint_auth_methods_supported().is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let token = found.token_endpoint().cloned().ok_or_else(|| unreachable("it has no token endpoint"))?;
        let secret = registration.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
        let back = RedirectUrl::new(self.redirect_uri(registration.id)).map_err(unreachable)?;
        Ok(Client::from_provider_metadata(found, ClientId::new(registration.client_id.clone()), secret)
            .set_token_uri(token)
            .set_redirect_uri(back)
            .set_auth_type(if by_basic { AuthType::BasicAuth } else { AuthType::RequestBody }))
    }

    /// The way to a provider. `again`: the person must prove themselves there anew.
    pub(super) async fn depart(&self, registration: &Registration, again: bool) -> Result<Departure> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let relying = self.relying(registration).await?;
        let mut request = relying
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge);
        if again {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(std::time::Duration::ZERO);
        }
        let (to, state, nonce) = request.url();
        Ok(Departure {
            to,
            state: state.secret().as_str().into(),
            nonce: nonce.secret().as_str().into(),
            verifier: verifier.secret().as_str().into(),
        })
    }

    /// Changes the code of an answer for the person that it stands for.
    pub(super) async fn arrive(&self, registration: &Registration, code: &SecretString, expected: Expected<'_>) -> Result<Vouched> {
        let relying = self.relying(registration).await?;
        let tokens = relying
            .exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(expected.verifier.expose_secret().to_owned()))
            .request_async(&self.outward)
            .await
            .map_err(not_believed)?;
        let proven_since = expected.proven_since;
        let verifier = relying
            .id_token_verifier()
            .set_allowed_algs(SIGNED_WITH)
            .set_issue_time_verifier_fn(|issued| {
                let now = Utc::now();
                let allowed = TimeDelta::minutes(TOKEN_MINUTES);
                if issued < now - allowed || issued > now + allowed { Err(format!("issued at {issued}")) } else { Ok(()) }
            })
            .set_auth_time_verifier_fn(move |at| match (proven_since, at) {
                (Some(since), Some(at)) if at < since => Err(format!("proven at {at}")),
                (Some(_), None) => Err("not said when it was proven".to_owned()),
                _ => Ok(()),
            });
        let token = tokens.id_token().ok_or_else(|| not_believed("it sent no ID token"))?;
        let nonce = Nonce::new(expected.nonce.expose_secret().to_owned());
        let claims = token.claims(&verifier, &nonce).map_err(not_believed)?;
        let subject = claims.subject().clone();
        let mut said = serde_json::to_value(claims).map_err(not_believed)?;
        // where there is more to know than the token holds; its subject must be the same
        if let Ok(request) = relying.user_info(tokens.access_token().to_owned(), Some(SubjectIdentifier::new(subject.to_string()))) {
            let more: UserInfoClaims<Others, CoreGenderClaim> = request.request_async(&self.outward).await.map_err(not_believed)?;
            let more = serde_json::to_value(more).map_err(not_believed)?;
            if let (Some(said), Value::Object(more)) = (said.as_object_mut(), more) {
                for (claim, value) in more {
                    said.entry(claim).or_insert(value);
                }
            }
        }
        vouched(subject.as_str(), &said, &registration.groups_claim)
    }
}

/// Reads claims, whichever way they came.
fn vouched(subject: &str, said: &Value, groups_claim: &str) -> Result<Vouched> {
    let text = |claim: &str| said.get(claim).and_then(Value::as_str).map(str::to_owned);
    // where a provider does not say whether it has verified an address, the organisation that set it up answers for its domain
    if said.get("email_verified").is_some_and(|yes| !matches!(yes, Value::Bool(true)) && yes.as_str() != Some("true")) {
        return Err(Error::Rule("provider_email"));
    }
    let email = text("email").ok_or(Error::Rule("provider_email"))?;
    let groups = match said.get(groups_claim) {
        None | Some(Value::Null) => None,
        Some(Value::Array(groups)) => Some(groups.iter().take(MOST_GROUPS).filter_map(Value::as_str).map(str::to_owned).collect()),
        Some(Value::String(group)) => Some(vec![group.clone()]),
        Some(_) => Some(Vec::new()),
    };
    let name = text("name").or_else(|| Some(format!("{} {}", text("given_name")?, text("family_name")?)));
    Ok(Vouched { subject: subject.to_owned(), name: name.unwrap_or_default(), locale: text("locale"), groups, email })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_read_with_care() {
        let read = |said: Value| vouched("1", &said, "roles").map(|who| (who.name, who.groups)).map_err(|error| error.code());
        assert_eq!(read(json!({"email": "a@b.org", "name": "A B"})), Ok(("A B".into(), None)));
        assert_eq!(read(json!({"email": "a@b.org", "given_name": "A", "family_name": "B"})), Ok(("A B".into(), None)));
        assert_eq!(read(json!({"email": "a@b.org", "roles": ["x", 1]})), Ok((String::new(), Some(vec!["x".into()]))));
        assert_eq!(read(json!({"email": "a@b.org", "roles": "x"})), Ok((String::new(), Some(vec!["x".into()]))));
        assert_eq!(read(json!({"email": "a@b.org", "roles": {}})), Ok((String::new(), Some(vec![]))));
        assert_eq!(read(json!({"name": "A"})), Err("provider_email"));
        for verified in [json!(false), json!("false"), json!(null), json!(1)] {
            assert_eq!(read(json!({"email": "a@b.org", "email_verified": verified})), Err("provider_email"), "{verified}");
        }
        for verified in [json!(true), json!("true")] {
            assert!(read(json!({"email": "a@b.org", "email_verified": verified})).is_ok(), "{verified}");
        }
    }
}
