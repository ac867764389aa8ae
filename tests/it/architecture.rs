//! Imports run one way: `src → app → server`, and within server from the edges to the kernel. Every source file is read.

use std::path::{Path, PathBuf};

/// The layers of server, the deepest first. A file may use its own layer and deeper ones. The two doors, the database
/// and the log make up one: none of them is anything without the others.
const LAYERS: [&[&str]; 11] = [
    &["kernel"],
    &["access", "db", "audit"],
    &["mail"],
    &["identity"],
    &["tenancy"],
    &["platform"],
    &["jobs"],
    &["projects"],
    &["donors"],
    &["worker"],
    &["http", "demo"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

pub fn sources(dir: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "{dir} has no sources");
    found
}

/// Every module that follows a crate's name in a text.
fn used<'a>(text: &'a str, krate: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(krate).skip(1).map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
}

#[test]
fn no_arrow_of_server_points_outwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/src");
    let mut arrows = 0;
    for (path, text) in sources("server/src") {
        let module = path.strip_prefix(&root).unwrap().components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        if module == "lib.rs" {
            continue;
        }
        let from = layer(&module).unwrap_or_else(|| panic!("{module} stands in no layer: name its place in this test"));
        for target in used(&text, "crate::") {
            let to = layer(target).unwrap_or_else(|| panic!("{}: crate::{target} stands in no layer", path.display()));
            arrows += 1;
            assert!(to < from || target == module || (to == from && from == 1), "{} reaches out to {target}", path.display());
        }
    }
    assert!(arrows > 100, "the sources were read");
}

#[test]
fn pages_run_no_sql_and_the_server_knows_no_page() {
    for (path, text) in sources("app/src") {
        assert!(!text.contains("sqlx::") && !text.contains("kipimo::"), "{} goes round the doors", path.display());
    }
    for (path, text) in sources("server/src") {
        assert!(!text.contains("leptos") && !text.contains("app::"), "{} knows of pages", path.display());
    }
}

/// docs/asvs.md names the tests that show each row: `file::test`.
#[test]
fn the_tests_that_the_acceptance_list_names_exist() {
    let list = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/asvs.md")).unwrap();
    let mut sources = sources("tests/it");
    sources.extend(self::sources("server/src"));
    let mut named = 0;
    for name in list.split('`').skip(1).step_by(2).filter(|word| word.contains("::")) {
        let (file, test) = name.split_once("::").unwrap();
        let exists =
            sources.iter().any(|(path, text)| path.file_stem().is_some_and(|stem| stem == file) && text.contains(&format!("fn {test}(")));
        assert!(exists, "docs/asvs.md names {name}, which is not there");
        named += 1;
    }
    assert!(named > 40, "the list was read");
    for (row, _) in list.lines().filter_map(|line| line.strip_prefix("| V")?.split_once(" | ")) {
        assert!(list.lines().filter(|line| line.starts_with(&format!("| V{row} |"))).count() == 1, "V{row} is there twice");
    }
}
