//! The schema of the standard, as libxml reads it.

use std::collections::HashSet;
use std::path::Path;

use libxml::error::StructuredError;
use libxml::schemas::{SchemaParserContext, SchemaValidationContext};
use libxml::tree::Document;

use super::Fault;
use super::dom::{self, Tree};

const MAIN: &str = "iati-activities-schema.xsd";
/// The schema of 2.03 has three files.
const MAX_FILES: usize = 8;

/// What the schema says of a document.
pub(super) fn errors(document: &Document, schemas: &Path) -> Result<Vec<StructuredError>, Fault> {
    Ok(read(schemas)?.validate_document(document).err().unwrap_or_default())
}

/// Reads the schema. libxml would print that a file is missing or malformed, and fetch one that is elsewhere: so each file is
/// looked at before.
fn read(schemas: &Path) -> Result<SchemaValidationContext, Fault> {
    let schemas = schemas.canonicalize().map_err(|error| fault(schemas, &error.to_string()))?;
    let (mut seen, mut files) = (HashSet::new(), vec![MAIN.to_owned()]);
    while let Some(file) = files.pop() {
        files.extend(files_named_in(&schemas.join(&file))?.into_iter().filter(|name| !seen.contains(name)));
        seen.insert(file);
        if seen.len() > MAX_FILES {
            return Err(fault(&schemas, "it has too many files"));
        }
    }
    let main = schemas.join(MAIN);
    // libxml takes a path for an address
    let path = main.to_str().filter(|path| !path.contains(['#', '?'])).ok_or_else(|| fault(&main, "its path has signs of an address"))?;
    let mut parser = SchemaParserContext::from_file(path);
    SchemaValidationContext::from_parser(&mut parser)
        .map_err(|errors| Fault::Schemas(errors.first().map_or_else(String::new, dom::sentence)))
}

/// The files that a file of the schema includes or imports: names of files beside it, nothing else.
fn files_named_in(file: &Path) -> Result<Vec<String>, Fault> {
    let text = std::fs::read_to_string(file).map_err(|error| fault(file, &error.to_string()))?;
    let tree = dom::parse(&text).and_then(Tree::of).map_err(|error| fault(file, &error.to_string()))?;
    let names = tree.select("//@schemaLocation", None)?.get_nodes_as_str();
    match names.iter().find(|name| name.contains(['/', '\\', ':', '%'])) {
        Some(name) => Err(fault(file, &format!("{name} is not beside it"))),
        None => Ok(names),
    }
}

fn fault(file: &Path, why: &str) -> Fault {
    Fault::Schemas(format!("{}: {why}", file.display()))
}
