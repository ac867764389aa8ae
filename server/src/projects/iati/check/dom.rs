//! The document as libxml reads it. Its trees and expressions stay on one thread; libxml's own global state is set up once,
//! by the crate, and messages are collected for the thread that parses: nothing is printed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use libxml::error::{StructuredError, XmlErrorLevel};
use libxml::parser::{Parser, ParserOptions, XmlParseFailure};
use libxml::readonly::RoNode;
use libxml::tree::{Document, Node, NodeType};
use libxml::xpath::{Context, Expression, Object};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Fault, MAX_BYTES};

/// Reads a document. Nothing is fetched, no entity is read, and nothing malformed is mended.
pub(super) fn parse(xml: &str) -> Result<Document, Fault> {
    if xml.len() > MAX_BYTES {
        return Err(Fault::TooLarge);
    }
    refuse_doctype(xml)?;
    let options = ParserOptions {
        recover: false,
        no_net: true,
        // a string is UTF-8, whatever its declaration says
        ignore_enc: true,
        encoding: Some("UTF-8"),
        ..ParserOptions::default()
    };
    match Parser::default().parse_string_with_diagnostics(xml, options) {
        Ok((document, messages)) => match messages.iter().find(|message| is_error(message)) {
            Some(message) => Err(Fault::Malformed(sentence(message))),
            None => Ok(document),
        },
        Err(XmlParseFailure::ParseFailed(messages)) => Err(Fault::Malformed(messages.first().map_or_else(String::new, sentence))),
        Err(failure) => Err(Fault::Malformed(failure.to_string())),
    }
}

/// A DOCTYPE can only stand before the root: what comes first there is read, and nothing after it.
fn refuse_doctype(xml: &str) -> Result<(), Fault> {
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::DocType(_)) => return Err(Fault::Doctype),
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
            Ok(Event::Text(text)) if text.chars().all(char::is_whitespace) => {}
            Ok(Event::Start(_) | Event::Empty(_)) => return Ok(()),
            Ok(_) => return Err(Fault::Malformed("there is no root element".to_owned())),
            Err(error) => return Err(Fault::Malformed(error.to_string())),
        }
    }
}

/// Whether a message is of more than a warning.
pub(super) fn is_error(message: &StructuredError) -> bool {
    matches!(message.level, XmlErrorLevel::Error | XmlErrorLevel::Fatal)
}

/// A message with its line.
pub(super) fn sentence(error: &StructuredError) -> String {
    let message = error.message.as_deref().unwrap_or_default().trim();
    error.line.map_or_else(|| message.to_owned(), |line| format!("line {line}: {message}"))
}

/// A document in which paths can be followed.
pub(super) struct Tree {
    // dropped before the document that it looks at
    context: Context,
    compiled: RefCell<HashMap<String, Rc<Expression>>>,
    _document: Document,
}

impl Tree {
    pub(super) fn parse(xml: &str) -> Result<Self, Fault> {
        Self::of(parse(xml)?)
    }

    pub(super) fn of(document: Document) -> Result<Self, Fault> {
        let context = Context::new(&document).map_err(|()| Fault::Rules("no memory for paths".to_owned()))?;
        Ok(Self { context, compiled: RefCell::default(), _document: document })
    }

    /// What a path leads to, from a node or from the root.
    ///
    /// A path that is not `XPath` is printed by libxml before it is refused: only paths of our table, with values put in by
    /// [`literal`], may come here.
    pub(super) fn select(&self, path: &str, from: Option<&Node>) -> Result<Object, Fault> {
        let expression = self.compiled(path)?;
        let found = match from {
            Some(node) => self.context.node_evaluate_compiled(&expression, node),
            None => self.context.evaluate_compiled(&expression),
        };
        found.map_err(|error| Fault::Rules(format!("{path}: {error}")))
    }

    pub(super) fn nodes(&self, path: &str, from: Option<&Node>) -> Result<Vec<Node>, Fault> {
        Ok(self.select(path, from)?.get_nodes_as_vec())
    }

    pub(super) fn texts(&self, path: &str, from: &Node) -> Result<Vec<String>, Fault> {
        Ok(self.select(path, Some(from))?.get_nodes_as_str())
    }

    pub(super) fn count(&self, path: &str, from: &Node) -> Result<usize, Fault> {
        Ok(self.select(path, Some(from))?.get_number_of_nodes())
    }

    /// Whether a test holds; one that selects elements holds if there are any.
    pub(super) fn holds(&self, test: &str, at: &Node) -> Result<bool, Fault> {
        Ok(self.select(&format!("boolean({test})"), Some(at))?.to_string() == "true")
    }

    fn compiled(&self, path: &str) -> Result<Rc<Expression>, Fault> {
        if let Some(expression) = self.compiled.borrow().get(path) {
            return Ok(Rc::clone(expression));
        }
        let expression = Expression::compile(path).map_err(|error| Fault::Rules(format!("{path}: {error}")))?;
        let expression = Rc::new(expression);
        self.compiled.borrow_mut().insert(path.to_owned(), Rc::clone(&expression));
        Ok(expression)
    }
}

/// A text as an `XPath` expression: none of its signs ends it.
pub(super) fn literal(text: &str) -> String {
    match (text.contains('\''), text.contains('"')) {
        (false, _) => format!("'{text}'"),
        (true, false) => format!("\"{text}\""),
        (true, true) => format!("concat('{}')", text.replace('\'', "', \"'\", '")),
    }
}

/// Where a node is: see [`Finding::place`](super::Finding::place). Of a text, the element that holds it.
pub(super) fn place(node: RoNode) -> String {
    let mut steps = Vec::new();
    let mut next = Some(node);
    while let Some(node) = next {
        match node.get_type() {
            Some(NodeType::ElementNode) => steps.push(step(node)),
            Some(NodeType::AttributeNode) => steps.push(format!("@{}", node.get_name())),
            _ => {}
        }
        next = node.get_parent();
    }
    steps.iter().rev().fold(String::new(), |path, step| path + "/" + step)
}

fn step(element: RoNode) -> String {
    let name = element.get_name();
    let before = std::iter::successors(element.get_prev_element_sibling(), RoNode::get_prev_element_sibling);
    let mut after = std::iter::successors(element.get_next_element_sibling(), RoNode::get_next_element_sibling);
    let position = 1 + before.filter(|sibling| sibling.get_name() == name).count();
    let is_one_of_several = position > 1 || after.any(|sibling| sibling.get_name() == name);
    if is_one_of_several { format!("{name}[{position}]") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused() {
        // document, whether it is read
        let cases = [
            ("<a/>", "read"),
            ("\u{feff}<?xml version=\"1.0\"?>\n<!-- <!DOCTYPE a> -->\n<a><![CDATA[<!DOCTYPE a>]]></a>", "read"),
            ("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>", "read"),
            ("<!DOCTYPE a><a/>", "doctype"),
            ("<!doctype a><a/>", "doctype"),
            ("<?xml version=\"1.0\"?><!--x--><?y?>\n<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "doctype"),
            ("<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/x\"><a/>", "doctype"),
            ("", "malformed"),
            ("  ", "malformed"),
            ("text", "malformed"),
            ("<a>", "malformed"),
            ("<a></b>", "malformed"),
            ("<a/><a/>", "malformed"),
            ("<a/><!DOCTYPE a>", "malformed"),
            ("<a>&e;</a>", "malformed"),
            ("<a>\u{1}</a>", "malformed"),
            ("<a b='1' b='2'/>", "malformed"),
            ("<a x:b='1'/>", "malformed"),
        ];
        for (xml, expected) in cases {
            let found = match parse(xml) {
                Ok(_) => "read",
                Err(Fault::Doctype) => "doctype",
                Err(Fault::Malformed(_)) => "malformed",
                Err(_) => "otherwise",
            };
            assert_eq!(found, expected, "{xml}");
        }
        assert_eq!(parse(&" ".repeat(MAX_BYTES + 1)).err(), Some(Fault::TooLarge));
    }

    #[test]
    fn places() {
        let tree = Tree::parse("<a><b/><c><d e='1'>x</d></c><b><d/><d/></b></a>").unwrap();
        let cases = [("/a", "/a"), ("/a/b[1]", "/a/b[1]"), ("/a/b[2]/d[2]", "/a/b[2]/d[2]"), ("//@e", "/a/c/d/@e"), ("//text()", "/a/c/d")];
        for (path, expected) in cases {
            let nodes = tree.select(path, None).unwrap().get_readonly_nodes_as_vec();
            assert_eq!(place(nodes[0]), expected);
        }
    }

    #[test]
    fn literals_end_where_they_should() {
        for text in ["", "plain", "it's", "say \"so\"", "it's \"so\"", "'", "'\"'", "'] | //* | a['"] {
            let tree = Tree::of(Document::new().unwrap()).unwrap();
            assert_eq!(tree.select(&literal(text), None).unwrap().to_string(), text);
        }
    }
}
