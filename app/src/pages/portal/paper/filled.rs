//! What was filled into the sections of a report, on paper.

use rust_decimal::Decimal;
use server::projects::dashboard::Colours;
use server::projects::snapshot::{Block as Filled, BudgetLine, Content, Count, EvidenceItem, Item, LearningEntry, Place, ResultCounts};

use super::{named, words};
use crate::chart::{self, Spot};
use crate::format;
use crate::pages::portal::evidence;
use crate::pages::snapshot;
use crate::paper::{Align, Block, Cell, Ink, Row, Span, Table};
use crate::text::Say;

/// Charts of a report at the most.
const MOST_CHARTS: usize = 24;
/// Columns of figures that paper holds beside a name.
const MOST_COLUMNS: usize = 7;
/// Decimals of money.
const CENTS: u32 = 2;

/// What a section holds beside its words.
pub(super) fn block(say: Say, content: &Content, block: &Filled) -> Vec<Block> {
    match block {
        Filled::None => Vec::new(),
        Filled::Tracking => tracking(say, content),
        Filled::Charts => charts(say, &content.indicators),
        Filled::Achievements { colours, results, .. } => achievements(say, colours, results),
        Filled::Budget { currency, lines, planned, spent, more } => {
            with_rest(say, budget(say, currency, lines, [planned.as_deref(), spent.as_deref()]), "portal-lines-left", more.as_deref(), 0)
        }
        Filled::Evidence { items, more } => with_rest(say, files(say, items), "portal-files-left", more.as_deref(), 0),
        Filled::Learning { entries, more } => with_rest(say, learning(say, entries), "portal-learning-left", more.as_deref(), 0),
        Filled::Map { column, places, more } => {
            // of those that the report has, paper holds so many
            let besides = places.first().map_or(0, |place| place.figures.len().saturating_sub(MOST_COLUMNS));
            with_rest(say, map(say, content, column, places), "portal-map-left", more.as_deref(), besides)
        }
    }
}

/// Blocks with a line beneath them, where they leave something out.
fn with_rest(say: Say, mut blocks: Vec<Block>, key: &str, more: Option<&str>, besides: usize) -> Vec<Block> {
    blocks.extend(snapshot::left_out(say, key, more, besides).map(|text| Block::Small(vec![Span::muted(text)])));
    blocks
}

fn nothing(say: Say) -> Vec<Block> {
    vec![Block::Text(vec![Span::muted(say.t("portal-nothing"))])]
}

fn head(texts: &[(String, Align)]) -> Vec<Cell> {
    texts.iter().map(|(text, align)| Cell::head(text.as_str(), *align)).collect()
}

/// The indicators beneath their results, with the figures of the last column; then those of the other columns, and groups.
pub(super) fn tracking(say: Say, content: &Content) -> Vec<Block> {
    let Some(last) = content.columns.last().filter(|_| !content.indicators.is_empty()) else { return nothing(say) };
    let t = |key: &str| say.t(key);
    let mut rows = Vec::new();
    for (heading, items) in words::by_result(&content.indicators) {
        rows.push(Row::Band(words::result_name(say, &heading)));
        rows.extend(items.into_iter().filter_map(|item| row(say, item)));
    }
    let heads = [
        (t("snapshot-indicator"), Align::Start),
        (t("snapshot-baseline"), Align::End),
        (t("snapshot-target"), Align::End),
        (t("snapshot-actual"), Align::End),
        ("%".to_owned(), Align::End),
        (t("col-status"), Align::Start),
    ];
    let mut blocks = vec![
        Block::Small(vec![Span::muted(format!("{} · {}", format::column(last), t("snapshot-verified-only")))]),
        Block::Table(Table { widths: vec![4.4, 1.2, 1.3, 1.3, 1.0, 1.5], head: head(&heads), rows }),
    ];
    blocks.extend(others(say, content));
    blocks.extend(groups(say, content));
    blocks
}

fn row(say: Say, item: &Item) -> Option<Row> {
    let cell = item.cells.last()?;
    let decimals = words::decimals(item);
    let mut name = named(item);
    name.push(Span::muted(format!(" ({})", item.unit)));
    if item.unweighted {
        name.push(Span::muted(format!(" [{}]", say.t("snapshot-unweighted"))));
    }
    let mut actual = vec![Span::bold(words::or_dash(cell.actual.as_deref(), decimals))];
    if cell.self_verified {
        actual.push(Span::muted(format!(" {}", say.t("snapshot-self-verified"))));
    }
    if let Some(was) = &cell.restated_from {
        let was = words::figure(Some(was.as_str()), decimals).unwrap_or_else(|| was.clone());
        actual.push(Span::muted(format!(" {}", say.with("restated", &[("was", &was)]))));
    }
    Some(Row::Cells(vec![
        Cell { spans: name, ..Cell::default() },
        Cell::number(words::or_dash(item.baseline.as_deref(), decimals)),
        Cell::number(words::or_dash(cell.target.as_deref(), decimals)),
        Cell { spans: actual, align: Align::End, back: None },
        Cell::number(words::or_dash(cell.achievement.as_deref(), 1)),
        Cell::state(say.word("rag", &cell.rag), &cell.rag),
    ]))
}

/// The figures of every column, where there is more than one.
fn others(say: Say, content: &Content) -> Vec<Block> {
    if content.columns.len() < 2 {
        return Vec::new();
    }
    let mut heads = vec![(say.t("snapshot-indicator"), Align::Start)];
    heads.extend(content.columns.iter().take(MOST_COLUMNS).map(|column| (format::column(column), Align::End)));
    let of = |item: &Item| {
        let decimals = words::decimals(item);
        let figures = item.cells.iter().take(MOST_COLUMNS).map(|cell| {
            let target = words::figure(cell.target.as_deref(), decimals).map(|target| Span::muted(format!(" / {target}")));
            let spans = std::iter::once(Span::plain(words::or_dash(cell.actual.as_deref(), decimals))).chain(target).collect();
            Cell { spans, align: Align::End, back: Some(Ink::of_state(&cell.rag).1) }
        });
        Row::Cells(std::iter::once(Cell { spans: named(item), ..Cell::default() }).chain(figures).collect())
    };
    let mut widths = vec![3.5];
    widths.extend(content.columns.iter().take(MOST_COLUMNS).map(|_| 1.3));
    vec![
        Block::Heading(3, say.t("portal-all-columns")),
        Block::Small(vec![Span::muted(say.t("portal-actual-of-target"))]),
        Block::Table(Table { widths, head: head(&heads), rows: content.indicators.iter().map(of).collect() }),
    ]
}

fn groups(say: Say, content: &Content) -> Vec<Block> {
    let mut rows = Vec::new();
    for item in content.indicators.iter().filter(|item| !item.groups.is_empty()) {
        rows.push(Row::Band(format!("{} {}", item.code, item.title)));
        rows.extend(item.groups.iter().map(|group| {
            let figure = figure_or_hidden(say, group.hidden, group.actual.as_deref(), words::decimals(item));
            let label = group.label.clone().unwrap_or_else(|| say.t("group-not-said"));
            Row::Cells(vec![Cell::text(label), Cell::text(group.dimension.as_str()), figure])
        }));
    }
    let Some(last) = content.columns.last().filter(|_| !rows.is_empty()) else { return Vec::new() };
    let heads = [(say.t("snapshot-group"), Align::Start), (say.t("snapshot-dimension"), Align::Start), (format::column(last), Align::End)];
    let hidden = content.indicators.iter().flat_map(|item| &item.groups).any(|group| group.hidden);
    let mut blocks =
        vec![Block::Heading(3, say.t("snapshot-groups")), Block::Table(Table { widths: vec![3.0, 2.0, 1.5], head: head(&heads), rows })];
    if hidden {
        blocks.push(Block::Small(vec![Span::muted(say.t("snapshot-hidden-text"))]));
    }
    blocks
}

fn figure_or_hidden(say: Say, is_hidden: bool, actual: Option<&str>, decimals: u32) -> Cell {
    if is_hidden {
        Cell { spans: vec![Span::muted(say.t("snapshot-hidden"))], align: Align::End, back: None }
    } else {
        Cell::number(words::or_dash(actual, decimals))
    }
}

fn charts(say: Say, items: &[Item]) -> Vec<Block> {
    let mut all = items.iter().filter_map(|item| {
        let says = words::trend_in_words(say, item)?;
        let drawing = chart::trend_drawn(say, says.clone(), &words::trend(item))?;
        Some([Block::Heading(4, format!("{} {}", item.code, item.title)), Block::Drawing(drawing), Block::Small(vec![Span::muted(says)])])
    });
    let drawn: Vec<Block> = all.by_ref().take(MOST_CHARTS).flatten().collect();
    if drawn.is_empty() { nothing(say) } else { with_rest(say, drawn, "portal-charts-left", None, all.count()) }
}

/// Counts as colours; no report has more indicators than a project.
fn counted(counts: &[Count]) -> Colours {
    counts
        .iter()
        .flat_map(|count| {
            let n = count.count.parse::<usize>().unwrap_or(0).min(10_000);
            std::iter::repeat_n(words::rag(&count.rag), n)
        })
        .collect()
}

fn achievements(say: Say, colours: &[Count], results: &[ResultCounts]) -> Vec<Block> {
    let whole = counted(colours);
    if whole.total() == 0 {
        return nothing(say);
    }
    let mut blocks = vec![Block::Text(vec![Span::plain(words::colours_in_words(say, &whole))])];
    for of in results {
        let colours = counted(&of.colours);
        let in_words = words::colours_in_words(say, &colours);
        blocks.push(Block::Heading(4, words::result_name(say, &of.result)));
        blocks.extend(chart::colours_drawn(in_words.clone(), &colours).map(Block::Drawing));
        blocks.push(Block::Small(vec![Span::muted(in_words)]));
    }
    blocks
}

fn budget(say: Say, currency: &str, lines: &[BudgetLine], [planned, spent]: [Option<&str>; 2]) -> Vec<Block> {
    if lines.is_empty() {
        return nothing(say);
    }
    let money = |name: Vec<Span>, planned: Option<&str>, spent: Option<&str>| {
        let share = planned
            .and_then(words::decimal)
            .zip(spent.and_then(words::decimal))
            .and_then(|(planned, spent)| spent.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(planned));
        Row::Cells(vec![
            Cell { spans: name, ..Cell::default() },
            Cell::number(words::or_dash(planned, CENTS)),
            Cell::number(words::or_dash(spent, CENTS)),
            Cell::number(format::maybe(share, 0)),
        ])
    };
    let mut rows: Vec<Row> = lines
        .iter()
        .map(|line| {
            let mut name = vec![Span::muted(line.code.as_str()), Span::plain(format!(" {}", line.name))];
            if let Some((number, title)) = &line.result {
                name.push(Span::muted(format!("\n{number} {title}")));
            }
            money(name, line.planned.as_deref(), line.spent.as_deref())
        })
        .collect();
    rows.push(money(vec![Span::bold(say.t("snapshot-total"))], planned, spent));
    let heads = [
        (say.t("snapshot-budget-line"), Align::Start),
        (format!("{} ({currency})", say.t("snapshot-planned")), Align::End),
        (format!("{} ({currency})", say.t("snapshot-spent")), Align::End),
        ("%".to_owned(), Align::End),
    ];
    vec![Block::Table(Table { widths: vec![4.0, 1.8, 1.8, 0.9], head: head(&heads), rows })]
}

fn files(say: Say, items: &[EvidenceItem]) -> Vec<Block> {
    if items.is_empty() {
        return nothing(say);
    }
    let heads = [(say.t("field-file"), Align::Start), ("SHA-256".to_owned(), Align::Start)];
    let rows = items.iter().map(|item| {
        let name = vec![Span::plain(evidence::title(item)), Span::muted(format!("\n{} · {}", item.filename, evidence::details(say, item)))];
        Row::Cells(vec![
            Cell { spans: name, ..Cell::default() },
            Cell { spans: vec![Span::muted(item.sha256.as_str())], ..Cell::default() },
        ])
    });
    vec![Block::Table(Table { widths: vec![3.0, 3.0], head: head(&heads), rows: rows.collect() })]
}

fn learning(say: Say, entries: &[LearningEntry]) -> Vec<Block> {
    if entries.is_empty() {
        return nothing(say);
    }
    let mut blocks = Vec::new();
    for entry in entries {
        blocks.push(Block::Heading(4, format!("{} · {}", say.word("entry-kind", &entry.kind), words::day(say, &entry.date))));
        blocks.push(Block::Text(vec![Span::plain(entry.what_happened.as_str())]));
        for (key, text) in [("field-why", &entry.why), ("field-implication", &entry.implication)] {
            if !text.trim().is_empty() {
                blocks.push(Block::Text(vec![Span::bold(format!("{}: ", say.t(key))), Span::plain(text.as_str())]));
            }
        }
    }
    blocks
}

fn map(say: Say, content: &Content, column: &str, places: &[Place]) -> Vec<Block> {
    if places.is_empty() {
        return nothing(say);
    }
    let item = |code: &str| content.indicators.iter().find(|item| item.code == code);
    // drawn is the first indicator that has a figure somewhere; the table has the first few
    let codes: Vec<&str> =
        places.first().map(|place| place.figures.iter().map(|figure| figure.code.as_str()).collect()).unwrap_or_default();
    let drawn =
        codes.iter().position(|code| places.iter().flat_map(|place| &place.figures).any(|of| of.code == **code && of.actual.is_some()));
    let title =
        drawn.and_then(|at| codes.get(at)).and_then(|code| item(code)).map_or_else(|| say.t("snapshot-places"), |item| item.title.clone());
    let spots: Vec<Spot> = places.iter().filter_map(|place| spot(place, drawn)).collect();
    let mut heads = vec![(say.t("snapshot-place"), Align::Start)];
    heads.extend(codes.iter().take(MOST_COLUMNS).map(|code| ((*code).to_owned(), Align::End)));
    let rows = places.iter().map(|place| {
        let figures = place.figures.iter().take(MOST_COLUMNS).map(|figure| {
            let decimals = item(&figure.code).map(words::decimals).unwrap_or_default();
            figure_or_hidden(say, figure.hidden, figure.actual.as_deref(), decimals)
        });
        Row::Cells(std::iter::once(Cell::text(place.name.as_str())).chain(figures).collect())
    });
    let mut widths = vec![2.5];
    widths.extend(codes.iter().take(MOST_COLUMNS).map(|_| 1.3));
    let label = format!("{title} · {}", format::column(column));
    let mut blocks = vec![Block::Small(vec![Span::muted(label.as_str())])];
    blocks.extend(chart::map_drawn(label, &spots).map(Block::Drawing));
    blocks.push(Block::Table(Table { widths, head: head(&heads), rows: rows.collect() }));
    blocks
}

/// A place as it is drawn, if it is known where it lies.
fn spot(place: &Place, drawn: Option<usize>) -> Option<Spot> {
    let (lat, lon) = (place.latitude.as_deref().and_then(words::decimal)?, place.longitude.as_deref().and_then(words::decimal)?);
    let size = drawn.and_then(|at| place.figures.get(at)).and_then(|figure| figure.actual.as_deref()).and_then(words::decimal);
    Some(Spot { name: place.name.clone(), lat, lon, size, provisional: false, says: place.name.clone(), colour: None })
}
