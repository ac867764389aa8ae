//! Dimensions: by what figures are broken down, e.g. by sex or age. They belong to the organisation; which indicator has which is said in
//! [`super::disaggregation`].

mod edit;
mod shipped;

pub use edit::{DimensionForm, add, add_values, archive, update};
pub use shipped::{SHIPPED, Shipped, UNKNOWN};

pub(crate) use edit::{adopt, hold};

use sqlx::types::Json;

use super::progress::DimensionKind;
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{DimensionId, DimensionValueId};
use crate::kernel::wording::Wording;

/// A dimension with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Its id.
    pub id: DimensionId,
    /// Its key, as it stands in the keys of cells.
    pub key: String,
    /// Its name.
    pub name: Wording,
    /// How its values relate to the whole.
    pub kind: DimensionKind,
    /// Its values, in their order, with those that are asked for no more.
    pub values: Vec<DimensionValue>,
    /// The version that an edit must name.
    pub row_version: i32,
}

/// A value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionValue {
    /// Its id.
    pub id: DimensionValueId,
    /// Its code, as it stands in the keys of cells.
    pub code: String,
    /// What it is called.
    pub label: Wording,
    /// Whether it is of those about whom it is not known.
    pub is_unknown: bool,
    /// Whether it is asked for no more.
    pub archived: bool,
}

impl Dimension {
    /// The values that are asked for.
    pub fn asked(&self) -> impl Iterator<Item = &DimensionValue> {
        self.values.iter().filter(|value| !value.archived)
    }

    /// What a code is called; the code itself where nobody knows it.
    #[must_use]
    pub fn label(&self, code: &str) -> Wording {
        let found = self.values.iter().find(|value| value.code == code);
        found.map_or_else(|| Wording::shipped(code, code), |value| value.label.clone())
    }
}

/// The dimensions of the organisation, by key.
pub(crate) async fn all(conn: &mut sqlx::PgConnection) -> Result<Vec<Dimension>> {
    let rows = sqlx::query!(
        r#"select d.id as "id: DimensionId", d.key, d.name as "name: Json<Wording>", d.kind, d.row_version,
             v.id as "value: DimensionValueId", v.code, v.label as "label: Json<Wording>", v.is_unknown, v.archived
           from app.dimension d
           join app.dimension_value v on v.tenant_id = d.tenant_id and v.dimension_id = d.id
           order by d.key, v.sort, v.code"#
    )
    .fetch_all(conn)
    .await?;
    let mut out: Vec<Dimension> = Vec::new();
    for row in rows {
        let value =
            DimensionValue { id: row.value, code: row.code, label: row.label.0, is_unknown: row.is_unknown, archived: row.archived };
        match out.last_mut() {
            Some(dimension) if dimension.id == row.id => dimension.values.push(value),
            _ => out.push(Dimension {
                id: row.id,
                key: row.key,
                name: row.name.0,
                kind: row.kind.parse().map_err(|_| Error::Internal(format!("unknown kind of dimension: {}", row.kind)))?,
                values: vec![value],
                row_version: row.row_version,
            }),
        }
    }
    Ok(out)
}

/// The keys of the dimensions in which the same person may be in several values.
pub(crate) async fn overlapping(conn: &mut sqlx::PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select key from app.dimension where kind = 'overlapping'").fetch_all(conn).await?)
}

/// The dimensions of the organisation, by key.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx) -> Result<Vec<Dimension>> {
    let mut r = cx.read(Can::KeepLibrary).await?;
    all(r.conn()).await
}

/// A dimension of the organisation.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn find(cx: &Cx, id: DimensionId) -> Result<Dimension> {
    list(cx).await?.into_iter().find(|dimension| dimension.id == id).ok_or(Error::NotFound)
}
