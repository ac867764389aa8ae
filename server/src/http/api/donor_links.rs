//! Donor links.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::body::Sent;
use super::caller::Caller;
use super::{ApiState, Problem};
use crate::donors::links::{self, LinkForm, NewLink};
use crate::donors::register::DonorForm;
use crate::donors::several::{self, Several};
use crate::kernel::ids::{DonorId, DonorLinkId, ProjectId, SnapshotId};

/// A link to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    project: Uuid,
    /// The published snapshot.
    snapshot: Uuid,
    recipient_name: String,
    /// Needed where a code is mailed.
    recipient_email: Option<String>,
    /// The donor, by its id.
    donor: Option<Uuid>,
    /// The donor, by its name: a new one is written into the register.
    donor_name: Option<String>,
    /// What locks the link beside its secret.
    lock: Option<Lock>,
    /// The passcode, six characters or more; one is made where none is given.
    passcode: Option<String>,
    /// Whether the report may be taken out.
    #[serde(default)]
    allow_download: bool,
    /// How often the link may be opened.
    max_views: Option<i32>,
    /// Days for which it lives after it was last opened, up to those that the organisation allows.
    days: Option<i32>,
}

/// What locks a link.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lock {
    /// A passcode.
    Passcode,
    /// A code that is mailed to the recipient each time.
    MailCode,
}

/// A link: the only time that its secret is seen.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Made {
    id: Uuid,
    url: String,
    /// The passcode, where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    passcode: Option<String>,
}

impl Made {
    fn of(state: &ApiState, link: &NewLink) -> Self {
        Self {
            id: link.id.0,
            url: format!("{}{}", state.public_url, link.path.expose_secret()),
            passcode: link.passcode.as_ref().map(|passcode| passcode.expose_secret().to_owned()),
        }
    }
}

/// Makes a link to a published snapshot.
#[utoipa::path(post, path = "/donor-links", request_body = Wanted, responses((status = 201, body = Made)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    Caller(cx): Caller,
    sent: Sent<Wanted>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let wanted = sent.body;
    let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
    let (donor, max_views, days) = (wanted.donor.map(|id| id.to_string()).unwrap_or_default(), text(wanted.max_views), text(wanted.days));
    let form = LinkForm {
        recipient_name: &wanted.recipient_name,
        recipient_email: wanted.recipient_email.as_deref().unwrap_or_default(),
        donor: DonorForm { donor: &donor, donor_name: wanted.donor_name.as_deref().unwrap_or_default(), ..DonorForm::default() },
        lock: match wanted.lock {
            None => "",
            Some(Lock::Passcode) => "passcode",
            Some(Lock::MailCode) => "mail_code",
        },
        passcode: wanted.passcode.as_deref().unwrap_or_default(),
        allow_download: wanted.allow_download,
        max_views: &max_views,
        days: &days,
    };
    let link = links::create(&cx, ProjectId(wanted.project), SnapshotId(wanted.snapshot), &form).await?;
    Ok((StatusCode::CREATED, Json(Made::of(&state, &link))))
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

/// Whose links are revoked, and why.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// The donor; it has to be named.
    donor: Option<Uuid>,
    /// The reason, for the log.
    reason: Option<String>,
}

/// How many links were revoked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Revoked {
    revoked: usize,
}

/// Revokes every living link of a donor that you may revoke; open visits end with them.
#[utoipa::path(delete, path = "/donor-links", params(Whose), responses((status = 200, body = Revoked)))]
pub(crate) async fn revoke_of_donor(Caller(cx): Caller, Query(whose): Query<Whose>) -> Result<Json<Revoked>, Problem> {
    let which = Several::OfDonor(whose.donor.map(DonorId));
    let done = several::revoke(&cx, which, whose.reason.as_deref().unwrap_or("revoked by API")).await?;
    Ok(Json(Revoked { revoked: done.revoked }))
}
