//! Mail: what waits to be sent, how it reads, and how it leaves.
//!
//! A letter is put into the outbox in the transaction that it tells of, and sent after that has been kept. There it lies
//! sealed, because it holds an address and perhaps a one-time secret; what was sent is deleted.

mod delivery;
mod letter;

pub use delivery::{Postman, Transport};
pub use letter::{Kind, Letter};

use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{Db, KeyOwner, Tx};
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::TenantId;

fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.mail", column: "sealed", row: id }
}

/// Puts a letter into the outbox, sealed with the key of who it concerns. Nothing is sent for who was erased.
pub(crate) async fn post(db: &Db, tx: &mut Tx, owner: KeyOwner, letter: &Letter) -> Result<()> {
    let Some((id, sealed)) = seal(db, tx.conn(), owner, letter).await? else { return Ok(()) };
    sqlx::query!("insert into auth.mail (id, owner_id, sealed) values ($1, $2, $3)", id, owner.id(), sealed).execute(tx.conn()).await?;
    Ok(())
}

/// Puts a letter of an organisation into the outbox, from within its door.
pub(crate) async fn post_for_organisation(db: &Db, conn: &mut PgConnection, tenant: TenantId, letter: &Letter) -> Result<()> {
    let Some((id, sealed)) = seal(db, conn, tenant.into(), letter).await? else { return Ok(()) };
    sqlx::query!("select gate.post($1, $2)", id, sealed).execute(conn).await?;
    Ok(())
}

async fn seal(db: &Db, conn: &mut PgConnection, owner: KeyOwner, letter: &Letter) -> Result<Option<(Uuid, Vec<u8>)>> {
    let Some(key) = db.data_key(conn, owner).await? else { return Ok(None) };
    let id = Uuid::now_v7();
    let text = serde_json::to_vec(letter).map_err(|error| Error::Internal(format!("letter: {error}")))?;
    Ok(Some((id, key.seal(&place(id), &text)?)))
}
