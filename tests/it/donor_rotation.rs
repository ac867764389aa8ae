//! A link that is replaced while somebody opens it: whoever comes first, the old secret opens nothing once the other link is there, and no
//! visit by it goes on.

use http::StatusCode;
use server::donors::console;
use server::donors::links::{self, LinkForm, NewLink};
use server::kernel::error::Error;
use sqlx::PgConnection;

use crate::donors::{link_as, parts, show, token};
use crate::stage::{Browser, Page, Stage};

const PM: &str = "pm@amani.test";
const PASSCODE: &str = "mnazi ziwa";
/// How often it is looked for what must come, before the test fails rather than hangs.
const MOST_LOOKS: u32 = 5_000;

/// Holds the end of the organisation's log: whoever has changed something waits at their commit, with what they hold.
async fn hold_the_log(stage: &Stage) -> PgConnection {
    let mut conn = stage.superuser().await;
    sqlx::raw_sql("begin; select * from audit.head h join app.tenant t on t.id = h.tenant_id where t.slug = 'amani-wash' for update of h")
        .execute(&mut conn)
        .await
        .unwrap();
    conn
}

async fn let_go(mut log: PgConnection) {
    sqlx::raw_sql("commit").execute(&mut log).await.unwrap();
}

/// Goes on once so many of the server's connections wait for a lock.
async fn so_many_wait(stage: &Stage, expected: i64) {
    const WAITING: &str = "pg_stat_activity where datname = current_database() and usename = 'kipimo_app' and wait_event_type = 'Lock'";
    for _ in 0..MOST_LOOKS {
        if stage.count(WAITING).await == expected {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{expected} do not wait");
}

/// Somebody at the door of a link, with its secret in hand; of a locked one that is shown already, and its passcode is in hand.
struct Donor {
    browser: Browser,
    public_id: String,
    secret: String,
    /// What stands in the door's form; none where the passcode is asked for.
    door: Option<String>,
}

impl Donor {
    async fn of(stage: &Stage, link: &NewLink, is_locked: bool) -> Self {
        let (public_id, secret) = parts(link);
        let mut browser = Browser::new(stage);
        let door = if is_locked {
            let asked = show(&mut browser, &public_id, &secret).await;
            assert_eq!(asked.location, format!("/d/{public_id}/key"));
            None
        } else {
            Some(token(&mut browser, &public_id).await)
        };
        Self { browser, public_id, secret, door }
    }

    /// One step that would open the report.
    async fn opens(&mut self) -> Page {
        if let Some(door) = &self.door {
            let fields = [("public_id", self.public_id.as_str()), ("secret", self.secret.as_str()), ("door", door.as_str())];
            self.browser.post("/fn/visits/open", &fields).await
        } else {
            let back = format!("/d/{}/key", self.public_id);
            let fields = [("public_id", self.public_id.as_str()), ("passcode", PASSCODE), ("back", back.as_str())];
            self.browser.post("/fn/visits/prove", &fields).await
        }
    }

    async fn reads(&mut self) -> bool {
        self.browser.get("/donor").await.status == StatusCode::OK
    }
}

/// The status with which a secret is answered by somebody who comes now.
async fn shown(stage: &Stage, link: &NewLink) -> StatusCode {
    let (public_id, secret) = parts(link);
    show(&mut Browser::new(stage), &public_id, &secret).await.status
}

/// Visits of links that live.
const LIVE: &str = "app.donor_visit v join app.donor_link l on l.tenant_id = v.tenant_id and l.id = v.link_id where l.revoked_at is null";

#[tokio::test]
async fn who_opens_a_link_while_it_is_replaced_reads_nothing_by_it() {
    let forms = [
        LinkForm::to("A donor"),
        LinkForm { max_views: "1", ..LinkForm::to("A donor") },
        LinkForm { lock: "passcode", passcode: PASSCODE, ..LinkForm::to("A donor") },
    ];
    for form in forms {
        let stage = Stage::new().await;
        let (project, old) = link_as(&stage, &form).await;
        let pm = stage.cx(PM).await;
        let mut donor = Donor::of(&stage, &old, form.lock == "passcode").await;
        let log = hold_the_log(&stage).await;
        // the other link is made, and not yet kept, when the donor comes by the old one
        let opening = async {
            so_many_wait(&stage, 1).await;
            donor.opens().await
        };
        let both_wait = async {
            so_many_wait(&stage, 2).await;
            let_go(log).await;
        };
        let (new, _, ()) = tokio::join!(links::rotate(&pm, project, old.id), opening, both_wait);
        let new = new.unwrap();
        assert!(!donor.reads().await, "{form:?}");
        assert_eq!(stage.count(LIVE).await, 0, "{form:?}");
        assert_eq!(shown(&stage, &old).await, StatusCode::NOT_FOUND, "{form:?}");
        // the donor has lost nothing by it
        let mut again = Donor::of(&stage, &new, form.lock == "passcode").await;
        again.opens().await;
        assert!(again.reads().await && !donor.reads().await, "{form:?}");
    }
}

#[tokio::test]
async fn a_link_that_is_replaced_while_somebody_opens_it_counts_their_opening_and_ends_their_visit() {
    let stage = Stage::new().await;
    let (project, old) = link_as(&stage, &LinkForm { max_views: "3", ..LinkForm::to("A donor") }).await;
    let pm = stage.cx(PM).await;
    let (new, mut donor) = opened_first(&stage, &old, links::rotate(&pm, project, old.id)).await;
    let new = new.unwrap();
    assert!(!donor.reads().await, "the visit was open, and is no more");
    assert_eq!((stage.count(LIVE).await, shown(&stage, &old).await), (0, StatusCode::NOT_FOUND));
    assert_eq!(console::one(&pm, new.id).await.unwrap().0.max_views, Some(2), "one of three was taken");
}

#[tokio::test]
async fn a_link_whose_last_opening_is_taken_meanwhile_stays_as_it_is() {
    let stage = Stage::new().await;
    let (project, old) = link_as(&stage, &LinkForm { max_views: "1", ..LinkForm::to("A donor") }).await;
    let pm = stage.cx(PM).await;
    let (refused, mut donor) = opened_first(&stage, &old, links::rotate(&pm, project, old.id)).await;
    assert!(matches!(refused, Err(Error::Rule("no_views_left"))), "there is nothing left to be replaced");
    assert!(donor.reads().await);
    assert_eq!(stage.count("app.donor_link where revoked_at is null").await, 1);
}

/// Lets somebody open a link, whose replacing waits until that is kept.
async fn opened_first(
    stage: &Stage,
    old: &NewLink,
    rotating: impl Future<Output = Result<NewLink, Error>>,
) -> (Result<NewLink, Error>, Donor) {
    let mut donor = Donor::of(stage, old, false).await;
    let log = hold_the_log(stage).await;
    let replacing = async {
        so_many_wait(stage, 1).await;
        rotating.await
    };
    let both_wait = async {
        so_many_wait(stage, 2).await;
        let_go(log).await;
    };
    let (opened, replaced, ()) = tokio::join!(donor.opens(), replacing, both_wait);
    assert_eq!((opened.status, opened.location.as_str()), (StatusCode::SEE_OTHER, "/donor"));
    (replaced, donor)
}
