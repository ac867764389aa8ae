//! What is markup and what is text, above all where somebody means harm.

use super::{MOST_COLUMNS, MOST_DEPTH, MOST_ROWS, MarkdownBlock, MarkdownInline, check, is_safe_link, parse};

/// The tree in a short notation: h2{…}, p{…}, q{…}, l{i{…}}, t{…}; *strong*, /emphasis/, [text](address), `code`.
fn noted(source: &str) -> String {
    parse(source).iter().map(block).collect()
}

fn block(block: &MarkdownBlock) -> String {
    let all = |blocks: &[MarkdownBlock]| blocks.iter().map(self::block).collect::<String>();
    let row = |cells: &Vec<Vec<MarkdownInline>>| cells.iter().map(|cell| line(cell)).collect::<Vec<_>>().join("|");
    match block {
        MarkdownBlock::Heading(level, text) => format!("h{level}{{{}}}", line(text)),
        MarkdownBlock::Paragraph(text) => format!("p{{{}}}", line(text)),
        MarkdownBlock::Quote(blocks) => format!("q{{{}}}", all(blocks)),
        MarkdownBlock::List(first, items) => {
            let items = items.iter().map(|item| format!("i{{{}}}", all(item))).collect::<Vec<_>>().concat();
            format!("{}{{{items}}}", first.map_or_else(|| "l".to_owned(), |n| format!("n{n}")))
        }
        MarkdownBlock::Table(head, rows) => {
            format!("t{{{}}}", std::iter::once(head).chain(rows).map(row).collect::<Vec<_>>().join(" / "))
        }
        MarkdownBlock::Code(text) => format!("c{{{text}}}"),
        MarkdownBlock::Rule => "-".to_owned(),
    }
}

fn line(pieces: &[MarkdownInline]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            MarkdownInline::Text(text) => text.clone(),
            MarkdownInline::Strong(inner) => format!("*{}*", line(inner)),
            MarkdownInline::Emphasis(inner) => format!("/{}/", line(inner)),
            MarkdownInline::Link(address, inner) => format!("[{}]({address})", line(inner)),
            MarkdownInline::Code(text) => format!("`{text}`"),
            MarkdownInline::Break => "⏎".to_owned(),
        })
        .collect()
}

#[test]
fn what_is_written_becomes_a_tree() {
    let cases = [
        ("", ""),
        ("One\ntwo\n\nthree", "p{One two}p{three}"),
        ("# Title\n\n### Part", "h1{Title}h3{Part}"),
        ("**strong** and *not so*", "p{*strong* and /not so/}"),
        ("- a\n- b\n  - c", "l{i{p{a}}i{p{b}l{i{p{c}}}}}"),
        ("3. a\n4. b", "n3{i{p{a}}i{p{b}}}"),
        ("> said\n>\n> again", "q{p{said}p{again}}"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |", "t{a|b / 1|2 / 3|}"),
        ("`x` and\n\n    y", "p{`x` and}c{y}"),
        ("a  \nb\n\n---", "p{a⏎b}-"),
        ("[us](https://kipimo.test/a?b=c)", "p{[us](https://kipimo.test/a?b=c)}"),
        ("<https://kipimo.test> <a@kipimo.test>", "p{[https://kipimo.test](https://kipimo.test) [a@kipimo.test](mailto:a@kipimo.test)}"),
    ];
    for (source, expected) in cases {
        assert_eq!(noted(source), expected, "{source:?}");
    }
}

#[test]
fn what_means_harm_is_text() {
    let cases = [
        ("<script>alert(1)</script>", "p{<script>alert(1)</script>}"),
        ("a <b onclick=x>b</b>", "p{a <b onclick=x>b</b>}"),
        ("![a picture](https://kipimo.test/x.png)", "p{a picture}"),
        ("[x](javascript:alert(1))", "p{x}"),
        ("[x](JaVaScRiPt:alert(1))", "p{x}"),
        ("[x](java&#115;cript:alert(1))", "p{x}"),
        ("[x](<java\tscript:alert(1)>)", "p{x}"),
        ("[x](&#x09;javascript:alert(1))", "p{x}"),
        ("[x](data:text/html;base64,xx)", "p{x}"),
        ("[x](http://kipimo.test)", "p{x}"),
        ("[x](//kipimo.test)", "p{x}"),
        ("[x](/o/amani-wash)", "p{x}"),
        ("[x](https:kipimo.test)", "p{x}"),
        ("<javascript:alert(1)>", "p{javascript:alert(1)}"),
        ("[x][y]\n\n[y]: javascript:alert(1)", "p{x}"),
        ("[x](https://kipimo.test/\"onclick=x)", "p{[x](https://kipimo.test/\"onclick=x)}"),
    ];
    for (source, expected) in cases {
        assert_eq!(noted(source), expected, "{source:?}");
    }
    for (address, is_safe) in [
        ("https://kipimo.test", true),
        ("HTTPS://kipimo.test", true),
        ("https://[::1]/", true),
        ("mailto:a@b.test", true),
        ("https://", false),
        ("https:///x", false),
        ("mailto:", false),
        ("https://a b", false),
        ("https://a\\@b", false),
        ("https://a\u{202e}b", false),
        ("https://a\nb", false),
        ("čttps://a", false),
        ("", false),
    ] {
        assert_eq!(is_safe_link(address), is_safe, "{address:?}");
    }
}

/// How deep a tree is, by walking it as pages do.
fn depth(blocks: &[MarkdownBlock]) -> usize {
    fn of_line(line: &[MarkdownInline]) -> usize {
        let deep = |piece: &MarkdownInline| match piece {
            MarkdownInline::Strong(inner) | MarkdownInline::Emphasis(inner) | MarkdownInline::Link(_, inner) => 1 + of_line(inner),
            _ => 1,
        };
        line.iter().map(deep).max().unwrap_or(0)
    }
    let of = |block: &MarkdownBlock| match block {
        MarkdownBlock::Quote(inner) => 1 + depth(inner),
        MarkdownBlock::List(_, items) => 2 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
        MarkdownBlock::Heading(_, line) | MarkdownBlock::Paragraph(line) => 1 + of_line(line),
        MarkdownBlock::Table(..) => 3,
        MarkdownBlock::Code(_) | MarkdownBlock::Rule => 1,
    };
    blocks.iter().map(of).max().unwrap_or(0)
}

#[test]
fn nothing_nests_without_a_bound_and_nothing_is_lost() {
    let lists = (0..80).map(|n| format!("{}- x{n}\n", "  ".repeat(n))).collect::<Vec<_>>().concat();
    for source in [
        format!("{}end", "> ".repeat(10_000)),
        format!("{}end{}", "*a **b ".repeat(2_000), "** *".repeat(2_000)),
        format!("{}end{}", "[".repeat(10_000), "](https://a.test)".repeat(200)),
        format!("{}end", "- ".repeat(3_000)),
        format!("{lists}\n\nend"),
        format!("{}end{}", "`".repeat(9_999), "`".repeat(9_998)),
        format!("{}end", "<a>".repeat(6_000)),
    ] {
        let tree = parse(&source);
        assert!(depth(&tree) <= MOST_DEPTH + 1, "{} {}", depth(&tree), &source[..20]);
        assert!(noted(&source).contains("end"), "{}", &source[..20]);
    }
    assert!(noted(&lists).contains("x79"));
}

#[test]
fn a_table_that_is_too_large_is_refused() {
    let table = |columns: usize, rows: usize| format!("{}\n{}\n{}", "|a".repeat(columns), "|-".repeat(columns), "|b\n".repeat(rows));
    assert_eq!(check(&table(MOST_COLUMNS, MOST_ROWS)), Ok(()));
    assert_eq!(check(&table(MOST_COLUMNS + 1, 1)), Err("table_too_large"));
    assert_eq!(check(&table(2, MOST_ROWS + 1)), Err("table_too_large"));
    // cells that nobody typed are filled in: many of them from few letters
    assert_eq!(check(&table(2_000, 3_000)), Err("table_too_large"));
}
