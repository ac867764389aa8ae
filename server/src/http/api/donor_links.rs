//! Donor links.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::Caller;
use super::{ApiState, Problem};
use crate::donors::links;
use crate::kernel::ids::{DonorLinkId, ProjectId, SnapshotId};

/// A link to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    project: Uuid,
    /// The published snapshot.
    snapshot: Uuid,
    recipient_name: String,
    recipient_email: Option<String>,
}

/// A link: the only time that its secret is seen.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Made {
    id: Uuid,
    url: String,
}

/// Makes a link to a published snapshot.
#[utoipa::path(post, path = "/donor-links", request_body = Wanted, responses((status = 201, body = Made)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    Caller(cx): Caller,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let email = wanted.recipient_email.unwrap_or_default();
    let link = links::create(&cx, ProjectId(wanted.project), SnapshotId(wanted.snapshot), &wanted.recipient_name, &email).await?;
    let url = format!("{}{}", state.public_url, link.path.expose_secret());
    Ok((StatusCode::CREATED, Json(Made { id: link.id.0, url })))
}

/// Why a link is revoked.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Why {
    /// The reason, for the log.
    reason: Option<String>,
}

/// Revokes a link; open visits end with it.
#[utoipa::path(delete, path = "/donor-links/{id}", params(("id" = Uuid, Path), Why), responses((status = 204)))]
pub(crate) async fn revoke(Caller(cx): Caller, Path(id): Path<Uuid>, Query(why): Query<Why>) -> Result<StatusCode, Problem> {
    let link = DonorLinkId(id);
    let project = links::project_of(&cx, link).await?;
    links::revoke(&cx, project, link, why.reason.as_deref().unwrap_or("revoked by API")).await?;
    Ok(StatusCode::NO_CONTENT)
}
