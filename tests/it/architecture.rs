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

/// Lists that say which tests show each of their rows, and the rows that must be there with a test of their own.
const LISTS: [(&str, &[&str]); 2] = [
    ("docs/asvs.md", &[]),
    ("docs/complaints.md", &["1", "2", "3", "4", "5", "6", "7", "8", "11", "13", "14", "15", "16", "17", "19", "20", "21", "22"]),
];

/// A test is named `file::test`; of one in a folder's file, the folder is a name too. A walk in a browser is named by its file.
#[test]
fn the_tests_that_lists_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = sources("tests/it");
    sources.extend(self::sources("server/src"));
    let is_in = |path: &Path, file: &str| {
        [path.file_stem(), path.parent().and_then(Path::file_name)].into_iter().flatten().any(|name| name == file)
    };
    for (document, must) in LISTS {
        let list = std::fs::read_to_string(root.join(document)).unwrap();
        let mut named = 0;
        for name in list.split('`').skip(1).step_by(2) {
            let exists = match name.split_once("::") {
                Some((file, test)) => {
                    named += 1;
                    sources.iter().any(|(path, text)| is_in(path, file) && text.contains(&format!("fn {test}(")))
                }
                None => !name.ends_with(".spec.ts") || root.join("end2end/tests").join(name).exists(),
            };
            assert!(exists, "{document} names {name}, which is not there");
        }
        assert!(named > 40, "{document} was read");
        let is_row = |name: &str| name.trim_start_matches('V').starts_with(|first: char| first.is_ascii_digit());
        let cells = list.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
        let rows: Vec<(&str, &str)> = cells.filter(|(name, _)| is_row(name)).collect();
        for (row, _) in &rows {
            assert_eq!(rows.iter().filter(|(name, _)| name == row).count(), 1, "{document}: {row} is there twice");
        }
        for row in must {
            assert!(rows.iter().any(|(name, rest)| name == row && rest.contains("::")), "{document} shows no test of row {row}");
        }
    }
}
