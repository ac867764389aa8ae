//! Every page of an organisation is held to the matrix: those that the matrix's own test opens, and those of one thing, which are asked here
//! for something that is not there. Who may see such things is told that there is none; who may not is refused before.

use std::collections::BTreeSet;

use http::StatusCode;
use server::access::Can;
use server::kernel::ids::ProjectId;

use crate::architecture::sources;
use crate::matrix::pages::pages;
use crate::matrix::{PEOPLE, allows};
use crate::stage::{Browser, Stage};

/// Addresses that neither test asks for: what is taken out, which tests of workbooks, reports and papers do. This list may only shrink.
const ELSEWHERE: [&str; 3] = [
    "/o/{org}/projects/{code}/export/framework",
    "/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/file",
    "/o/{org}/projects/{code}/reports/{id}/snapshots/{snapshot}/report.pdf",
];

/// Pages of one thing, each by an id that names nothing, with what they need.
fn of_one_thing(p: ProjectId) -> Vec<(String, Can)> {
    let nothing = "00000000-0000-0000-0000-000000000000";
    let (org, wells) = ("/o/amani-wash", "/o/amani-wash/projects/wells");
    vec![
        (format!("{org}/audit/999999999"), Can::ReadAudit(None)),
        (format!("{org}/admin/members/{nothing}"), Can::ReadMember),
        (format!("{org}/admin/programmes/{nothing}"), Can::ReadProgrammes),
        (format!("{org}/jobs/{nothing}"), Can::ReadJobs),
        (format!("{org}/library/dimensions/{nothing}"), Can::KeepLibrary),
        (format!("{wells}/framework/results/{nothing}"), Can::ReadProject(p)),
        (format!("{wells}/framework/versions/9"), Can::ReadProject(p)),
        (format!("{wells}/framework/import/{nothing}"), Can::EditFramework(p)),
        (format!("{wells}/framework/import/{nothing}/problems"), Can::EditFramework(p)),
        (format!("{wells}/import/{nothing}"), Can::RunImport(p)),
        (format!("{wells}/import/{nothing}/problems"), Can::RunImport(p)),
        (format!("{wells}/evidence/{nothing}"), Can::ReadEvidence(p)),
        (format!("{wells}/reports/{nothing}/snapshots/{nothing}"), Can::ViewTracking(p)),
    ]
}

/// The addresses of an organisation, as the pages write them.
fn routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, text) in sources("app/src") {
        for rest in text.split(".route(").skip(1) {
            let route = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            found.extend(route.filter(|route| route.starts_with("/o/")).map(str::to_owned));
        }
    }
    found
}

/// Whether a path is of this address.
fn fits(route: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    route.len() == path.len() && route.iter().zip(&path).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
}

#[tokio::test]
async fn no_page_of_an_organisation_is_forgotten() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    let mut known: Vec<String> = pages(&stage, project).await.into_iter().map(|(path, _)| path).collect();
    known.extend(of_one_thing(project).into_iter().map(|(path, _)| path));
    let all = routes();
    assert!(all.len() > 50, "the pages were read");
    for route in &all {
        let is_known = ELSEWHERE.contains(&route.as_str()) || known.iter().any(|path| fits(route, path));
        assert!(is_known, "{route} is in no list of the tests that hold pages to the matrix");
    }
    for route in ELSEWHERE {
        assert!(all.contains(route), "{route} is there no more");
    }
}

#[tokio::test]
async fn a_thing_that_is_not_there_is_hidden_from_who_may_see_none() {
    let stage = Stage::new().await;
    let project = stage.project("meal@amani.test", "wells").await;
    for (email, role) in PEOPLE {
        let mut browser = Browser::new(&stage);
        browser.sign_in(&stage, email).await;
        for (path, can) in of_one_thing(project) {
            let expected = if allows(can, role) { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            assert_eq!(browser.get(&path).await.status, expected, "{email} {path}");
        }
    }
    let mut stranger = Browser::new(&stage);
    stranger.sign_in(&stage, "admin@baraka.test").await;
    let mut nobody = Browser::new(&stage);
    for (path, _) in of_one_thing(project) {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert!(nobody.get(&path).await.location.starts_with("/login"), "{path}");
    }
}
