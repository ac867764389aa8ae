//! API tokens: `kipimo_pat_`, thirty random letters and digits, six of a checksum. Shown once, stored hashed.

use super::events::{AccountEvent, Change};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use crate::access::{Can, Cx, TokenScope};
use crate::audit::Event;
use crate::kernel::crypto::{random, sha256};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{MembershipId, ProjectId, TokenId};
use crate::kernel::text;

/// Days that a token lives at most.
const MOST_DAYS: i32 = 365;
/// Tokens of one person that live at a time.
const MOST_TOKENS: i64 = 20;

/// What every token begins with, so that it is recognised where it was leaked.
pub const PREFIX: &str = "kipimo_pat_";
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether a text can be a token: the checksum fits. No database is asked about anything else.
#[must_use]
pub fn is_well_formed(token: &str) -> bool {
    let Some(body) = token.strip_prefix(PREFIX) else { return false };
    if body.len() != 36 || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (secret, sum) = body.split_at(30);
    checksum(secret) == sum
}

fn checksum(secret: &str) -> String {
    let mut rest = crc32fast::hash(secret.as_bytes());
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = LETTERS[(rest % 62) as usize];
        rest /= 62;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A new token.
pub(crate) fn generate() -> Result<String> {
    let mut secret = String::with_capacity(30);
    while secret.len() < 30 {
        // bytes of 248 and above would make some letters likelier than others
        for byte in random::<32>()?.into_iter().filter(|byte| *byte < 248) {
            if secret.len() < 30 {
                secret.push(char::from(LETTERS[usize::from(byte % 62)]));
            }
        }
    }
    Ok(format!("{PREFIX}{secret}{}", checksum(&secret)))
}

/// A token in a list.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// Whether it is the reader's own.
    pub mine: bool,
    /// Its last four letters, by which it is told from others.
    pub last_four: String,
    /// What it carries.
    pub scopes: Vec<TokenScope>,
    /// The codes of its projects; empty for all that its owner sees.
    pub projects: Vec<String>,
    /// Since when.
    pub created: DateTime<Utc>,
    /// Until when.
    pub expires: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub used: Option<DateTime<Utc>>,
}

/// The tokens that live: one's own, or everybody's for who may manage them.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Token>> {
    let all = cx.may(Can::ManageTokens);
    let mut r = cx.read(if all { Can::ManageTokens } else { Can::ReadOwnTokens }).await?;
    let me = cx.standing()?.membership;
    let rows = sqlx::query!(
        r#"select k.id as "id: TokenId", k.name, p.name as "owner!", k.membership_id as "membership: MembershipId", k.last_four, k.scopes,
             array(select j.code from app.project j where j.id = any (k.project_ids) order by j.code) as "projects!",
             k.created_at, k.expires_at, k.last_used_at
           from app.api_token k
           join app.membership m on m.tenant_id = k.tenant_id and m.id = k.membership_id
           join gate.people() p on p.id = m.user_id
           where k.revoked_at is null and k.expires_at > now() and k.generation = gate.generation(m.user_id) and ($1 or k.membership_id = $2)
           order by k.created_at desc limit 500"#,
        all,
        me.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Token {
            id: row.id,
            name: row.name,
            owner: row.owner,
            mine: row.membership == me,
            last_four: row.last_four,
            scopes: row.scopes.iter().filter_map(|scope| TokenScope::parse(scope)).collect(),
            projects: row.projects,
            created: row.created_at,
            expires: row.expires_at,
            used: row.last_used_at,
        })
        .collect())
}

/// What somebody wants a token for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// What they call it.
    pub name: &'a str,
    /// What it carries.
    pub scopes: &'a [TokenScope],
    /// The projects that it keeps to; empty for all that its owner sees.
    pub projects: &'a [ProjectId],
    /// How many days it lives.
    pub days: &'a str,
}

/// Makes a token of the person's own. The answer is the only time that it is seen.
///
/// # Errors
/// Refusal, refused fields, `too_many_tokens`, or the database's.
pub async fn create(cx: &Cx, wanted: &Wanted<'_>) -> Result<SecretString> {
    let mut w = cx.write(Can::CreateOwnToken).await?;
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(wanted.name, 1, 80));
    let days = wanted.days.trim().parse::<i32>().map_err(|_| "not_a_number");
    let days = invalid.keep("lifetime", days.and_then(|days| if (1..=MOST_DAYS).contains(&days) { Ok(days) } else { Err("out_of_range") }));
    if wanted.scopes.is_empty() {
        invalid.note("scopes", "required");
    }
    // a token that named a project which its owner does not see would begin to see it with its owner
    if wanted.projects.iter().any(|project| !cx.may(Can::ReadProject(*project))) {
        invalid.note("projects", "not_a_choice");
    }
    let (Some(name), Some(days)) = (name, days) else { return Err(Error::Invalid(invalid)) };
    invalid.check()?;
    let (id, token) = (TokenId::new(), generate()?);
    let (membership, user) = (cx.standing()?.membership, cx.user()?);
    let scopes: Vec<String> = wanted.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let projects: Vec<Uuid> = wanted.projects.iter().map(|project| project.0).collect();
    // one after the other: two at once would both find the last place
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("tokens:{membership}")).execute(w.conn()).await?;
    let living = sqlx::query_scalar!(
        r#"select count(*) as "living!" from app.api_token where membership_id = $1 and revoked_at is null and expires_at > now()"#,
        membership.0
    )
    .fetch_one(w.conn())
    .await?;
    if living >= MOST_TOKENS {
        return Err(Error::Rule("too_many_tokens"));
    }
    sqlx::query!(
        "insert into app.api_token (id, name, membership_id, token_hash, last_four, generation, expires_at, scopes, project_ids, provider_generation)
         values ($1, $2, $3, $4, $5, gate.generation($6), now() + make_interval(days => $7), $8, $9, $10)",
        id.0,
        name,
        membership.0,
        &sha256(token.as_bytes())[..],
        &token[token.len() - 4..],
        user.0,
        days,
        &scopes,
        &projects,
        cx.actor().provider_generation
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::TokenCreated { token: id, scopes: scopes.join(" ") }).await?;
    Change::begin(cx.db(), cx.facts(), user).await?.commit(&AccountEvent::TokenCreated).await?;
    Ok(SecretString::from(token))
}

/// Ends a token: one's own, or anybody's for who may manage them. No proof is asked for: who thinks that one has leaked is in a hurry.
///
/// # Errors
/// Refusal, not found (also once it has ended), or the database's.
pub async fn revoke(cx: &Cx, id: TokenId) -> Result<()> {
    let all = cx.may(Can::ManageTokens);
    let mut w = cx.write(if all { Can::ManageTokens } else { Can::ReadOwnTokens }).await?;
    let done = sqlx::query!(
        "update app.api_token set revoked_at = now(), revoked_by = $2 where id = $1 and revoked_at is null and ($3 or membership_id = $4)",
        id.0,
        cx.user()?.0,
        all,
        cx.standing()?.membership.0
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    w.commit(Event::TokenRevoked(id)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_knows_its_own_form() {
        let token = generate().unwrap();
        assert!(is_well_formed(&token), "{token}");
        let mut altered = token.clone();
        altered.replace_range(15..16, if &token[15..16] == "a" { "b" } else { "a" });
        assert!(!is_well_formed(&altered));
        assert!(!is_well_formed("kipimo_pat_"));
        assert!(!is_well_formed(&token[..40]));
        assert_ne!(token, generate().unwrap());
    }
}
