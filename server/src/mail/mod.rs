//! Mail: what waits to be sent, how it reads, and how it leaves.
//!
//! A letter is put into the outbox in the transaction that it tells of, and sent after that has been kept. There it lies
//! sealed, because it holds an address and perhaps a one-time secret; what was sent is deleted.

mod delivery;
mod letter;

pub use delivery::{Postman, Transport};
pub use letter::{Kind, Letter};

use uuid::Uuid;

use crate::db::{Db, KeyOwner, Tx};
use crate::kernel::crypto::Place;
use crate::kernel::error::{Error, Result};

fn place(id: Uuid) -> Place {
    Place { tenant: Uuid::nil(), table: "auth.mail", column: "sealed", row: id }
}

/// Puts a letter into the outbox, sealed with the key of who it concerns. Nothing is sent for who was erased.
pub(crate) async fn post(db: &Db, tx: &mut Tx, owner: KeyOwner, letter: &Letter) -> Result<()> {
    let Some(key) = db.data_key(tx.conn(), owner).await? else { return Ok(()) };
    let id = Uuid::now_v7();
    let text = serde_json::to_vec(letter).map_err(|error| Error::Internal(format!("letter: {error}")))?;
    let sealed = key.seal(&place(id), &text)?;
    sqlx::query!("insert into auth.mail (id, owner_id, sealed) values ($1, $2, $3)", id, owner.id(), sealed).execute(tx.conn()).await?;
    Ok(())
}
