//! `kipimo verify`: whether a file is genuine, without a server.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use server::projects::publication::{KeySet, MOST_BYTES, Said, Verdict, verdict};

/// What is always said of an answer without a server.
const OFFLINE: &str =
    "Without a server it is not known whether it was withdrawn or corrected since: ask /verify of the server that published it.";

/// Looks at a file and says what it is. Success for a genuine one alone.
pub fn file(path: &Path, keys: Option<&Path>) -> Result<ExitCode> {
    let bytes = read(path)?;
    let keys = match keys {
        Some(keys) => KeySet::parse(&read(keys)?).with_context(|| format!("{} is no list of keys", keys.display()))?,
        None => KeySet::default(),
    };
    let (text, code) = answer(&verdict(&bytes, &keys));
    println!("{text}");
    Ok(code)
}

/// The bytes of a file, of at most so many as a server takes.
fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    // one more tells that there are too many, which is nothing genuine
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    anyhow::ensure!(bytes.len() <= MOST_BYTES, "{}: more than {MOST_BYTES} bytes", path.display());
    Ok(bytes)
}

fn answer(found: &Verdict) -> (String, ExitCode) {
    match found {
        Verdict::Genuine { key, sha256, said } => {
            let said = said.as_deref().map(named).unwrap_or_default();
            (format!("Genuine.\n{said}SHA-256: {sha256}\nKey: {key}\n{OFFLINE}"), ExitCode::SUCCESS)
        }
        Verdict::UnknownKey(key) => {
            let text = format!(
                "Not shown to be genuine: it names the key {key}, which is not in the list of keys.\n\
                 Fetch the list from /verify/keys.json of the server that published it, and give it with --keys."
            );
            (text, ExitCode::FAILURE)
        }
        Verdict::CannotTell(key) => {
            let text = format!(
                "Cannot be told: the key {key} may be in wrong hands, and whoever has it signs what they like.\n\
                 Ask whoever gave you the file for it again, or look its SHA-256 up at /verify of the server that published it."
            );
            (text, ExitCode::FAILURE)
        }
        Verdict::NotGenuine => ("Not genuine: it was altered, or Kipimo did not make it.".to_owned(), ExitCode::FAILURE),
    }
}

/// What a file of data says of itself, a line each.
fn named(said: &Said) -> String {
    // a terminal must not be told what to do by a title
    let line = |name: &str, text: &str| format!("{name}: {}\n", text.chars().filter(|c| !c.is_control()).collect::<String>());
    let identity = said.identity.as_ref().map(|it| line("Version", &it.version) + &line("Published", &it.published_at)).unwrap_or_default();
    line("Organisation", &said.organisation) + &line("Project", &said.project) + &line("Report", &said.title) + &identity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_what_it_is_and_what_is_not_known() {
        let said = Said { organisation: "Amani\u{1b}[2J".into(), project: "Wells".into(), title: "R".into(), identity: None };
        let (text, code) = answer(&Verdict::Genuine { key: "ab".into(), sha256: "cd".into(), said: Some(Box::new(said)) });
        assert!(text.contains("Organisation: Amani[2J\n") && text.contains("withdrawn") && !text.contains('\u{1b}'), "{text}");
        assert_eq!(code, ExitCode::SUCCESS);
        for bad in [Verdict::NotGenuine, Verdict::UnknownKey("ab".into())] {
            let (text, code) = answer(&bad);
            assert!(text.starts_with("Not ") && code == ExitCode::FAILURE, "{text}");
        }
        let (text, code) = answer(&Verdict::CannotTell("ab".into()));
        assert!(text.starts_with("Cannot be told") && code == ExitCode::FAILURE, "{text}");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_and_a_wrong_one_is_not_genuine() {
        let dir = std::env::temp_dir().join(format!("kipimo-verify-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("report.pdf");
        std::fs::write(&path, b"%PDF-1.7\n").unwrap();
        assert_eq!(file(&path, None).unwrap(), ExitCode::FAILURE);
        assert!(file(&path, Some(&path)).is_err(), "no list of keys");
        assert!(file(&dir.join("nothing"), None).is_err());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
