//! Keeps a field officer's figures on a bad connection: warns before a page with unsaved figures is left, says when the
//! device is offline, moves between inputs by the arrow keys and takes what was copied from a spreadsheet.

use leptos::prelude::*;

/// Watches the form inside the element of id `form`. `unsaved` and `offline` are sentences in the reader's language.
#[island]
pub fn EntryKeeper(form: String, unsaved: String, offline: String) -> impl IntoView {
    let (changed, set_changed) = signal(false);
    let (is_offline, set_offline) = signal(false);
    #[cfg(target_family = "wasm")]
    Effect::new(move |_| watch(&form, set_changed, set_offline));
    #[cfg(not(target_family = "wasm"))]
    let _ = (form, set_changed, set_offline);
    view! {
        <p class="muted" role="status" aria-live="polite">
            {move || if is_offline.get() { offline.clone() } else if changed.get() { unsaved.clone() } else { String::new() }}
        </p>
    }
}

#[cfg(target_family = "wasm")]
fn watch(form: &str, set_changed: WriteSignal<bool>, set_offline: WriteSignal<bool>) {
    use leptos::ev;
    use leptos::wasm_bindgen::JsCast;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let Some(root) = document().get_element_by_id(form) else { return };
    // on a slow network people type before this wakes
    let already = is_changed(&root);
    set_changed.set(already);
    let dirty = Arc::new(AtomicBool::new(already));
    let listen = |name: &'static str, mut act: Box<dyn FnMut(web_sys::Event)>| {
        let act = leptos::wasm_bindgen::closure::Closure::<dyn FnMut(web_sys::Event)>::new(move |event| act(event));
        // if the browser refuses a listener the page is what it is without script
        let _ = root.add_event_listener_with_callback(name, act.as_ref().unchecked_ref());
        act.forget();
    };
    let marks = Arc::clone(&dirty);
    listen(
        "input",
        Box::new(move |event| {
            marks.store(true, Ordering::Relaxed);
            set_changed.set(true);
            add_up(&event);
        }),
    );
    let clears = Arc::clone(&dirty);
    listen(
        "submit",
        Box::new(move |event| {
            // without a connection the browser would put a page of its own in the place of what was typed
            if window().navigator().on_line() {
                clears.store(false, Ordering::Relaxed);
            } else {
                event.prevent_default();
                set_offline.set(true);
            }
        }),
    );
    listen(
        "keydown",
        Box::new(|event| {
            if let Ok(event) = event.dyn_into::<web_sys::KeyboardEvent>() {
                step(&event);
            }
        }),
    );
    listen(
        "paste",
        Box::new(|event| {
            if let Ok(event) = event.dyn_into::<web_sys::ClipboardEvent>() {
                paste(&event);
            }
        }),
    );
    let _ = window_event_listener(ev::beforeunload, move |event| {
        if dirty.load(Ordering::Relaxed) {
            event.prevent_default();
        }
    });
    let _ = window_event_listener(ev::offline, move |_| set_offline.set(true));
    let _ = window_event_listener(ev::online, move |_| set_offline.set(false));
}

/// Whether any field holds something else than the page came with.
#[cfg(target_family = "wasm")]
fn is_changed(root: &web_sys::Element) -> bool {
    use leptos::wasm_bindgen::JsCast;

    let Ok(fields) = root.query_selector_all("input[type=text], textarea") else { return false };
    (0..fields.length()).filter_map(|i| fields.get(i)).any(|field| match field.dyn_into::<web_sys::HtmlInputElement>() {
        Ok(input) => input.value() != input.default_value(),
        Err(field) => {
            field.dyn_into::<web_sys::HtmlTextAreaElement>().is_ok_and(|area| area.value() != area.default_value().unwrap_or_default())
        }
    })
}

/// The inputs of figures, row by row as they stand on the page.
#[cfg(target_family = "wasm")]
struct Grid(Vec<(web_sys::Element, Vec<web_sys::HtmlInputElement>)>);

#[cfg(target_family = "wasm")]
impl Grid {
    fn around(target: &web_sys::HtmlInputElement) -> Option<Self> {
        let mut rows: Vec<(web_sys::Element, Vec<web_sys::HtmlInputElement>)> = Vec::new();
        for input in inputs_of(target.form()?.as_ref(), "input[inputmode=decimal]") {
            let row = input.closest("tr").ok()??;
            match rows.last_mut() {
                Some((last, inputs)) if last.is_same_node(Some(&row)) => inputs.push(input),
                _ => rows.push((row, vec![input])),
            }
        }
        Some(Self(rows))
    }

    /// Row and column of an input.
    fn place(&self, of: &web_sys::HtmlInputElement) -> Option<(usize, usize)> {
        self.0.iter().enumerate().find_map(|(row, (_, inputs))| Some((row, inputs.iter().position(|input| input.is_same_node(Some(of)))?)))
    }

    /// The input of a row nearest to a column.
    fn at(&self, row: usize, column: usize) -> Option<&web_sys::HtmlInputElement> {
        let (_, inputs) = self.0.get(row)?;
        inputs.get(column).or_else(|| inputs.last())
    }
}

/// Arrows move from input to input, as in a spreadsheet: up and down always, left and right from the edge of what is typed. Enter moves down.
#[cfg(target_family = "wasm")]
fn step(event: &web_sys::KeyboardEvent) {
    use leptos::wasm_bindgen::JsCast;

    let target = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(target) = target.filter(|input| input.type_() == "text" && !event.is_composing()) else { return };
    if !matches!(event.key().as_str(), "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Enter") {
        return;
    }
    let Some(grid) = Grid::around(&target) else { return };
    let Some((row, column)) = grid.place(&target) else { return };
    let key = event.key();
    let to = match key.as_str() {
        "ArrowDown" | "Enter" => grid.at(row + 1, column),
        "ArrowUp" => row.checked_sub(1).and_then(|row| grid.at(row, column)),
        "ArrowRight" if at_edge(&target, true) => grid.0[row].1.get(column + 1),
        "ArrowLeft" if at_edge(&target, false) => column.checked_sub(1).and_then(|column| grid.0[row].1.get(column)),
        _ => return,
    };
    if let Some(to) = to {
        event.prevent_default();
        let _ = to.focus();
        to.select();
    } else if key == "Enter" {
        // the last input: Enter sends no half-filled form by accident
        event.prevent_default();
    }
}

/// Whether the caret stands at the end, or the beginning, of what is typed; or all of it is selected, as after a step.
#[cfg(target_family = "wasm")]
fn at_edge(input: &web_sys::HtmlInputElement, end: bool) -> bool {
    let length = u32::try_from(input.value().encode_utf16().count()).unwrap_or(u32::MAX);
    let (from, to) = (input.selection_start().ok().flatten().unwrap_or(0), input.selection_end().ok().flatten().unwrap_or(0));
    (from == 0 && to == length) || (from == to && from == if end { length } else { 0 })
}

/// What was copied from a spreadsheet fills the inputs of one table from this one on, to the right and down.
#[cfg(target_family = "wasm")]
fn paste(event: &web_sys::ClipboardEvent) {
    use leptos::wasm_bindgen::JsCast;

    let target = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok());
    let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
    let text = text.trim_end_matches(['\r', '\n']);
    let Some(target) = target.filter(|_| text.contains(['\t', '\n'])) else { return };
    let Some(grid) = Grid::around(&target) else { return };
    let (Some((row, column)), Ok(Some(table))) = (grid.place(&target), target.closest("table")) else { return };
    event.prevent_default();
    // cells beneath an indicator are a table of their own: a column of totals passes over them
    let here = |element: &web_sys::Element| element.closest("table").ok().flatten().is_some_and(|other| other.is_same_node(Some(&table)));
    for ((_, inputs), line) in grid.0.iter().skip(row).filter(|(element, _)| here(element)).zip(text.lines()) {
        for (input, cell) in inputs.iter().skip(column).zip(line.split('\t')) {
            input.set_value(cell.trim());
            if let Ok(typed) = web_sys::Event::new_with_event_init_dict("input", &bubbling()) {
                let _ = input.dispatch_event(&typed);
            }
        }
    }
}

#[cfg(target_family = "wasm")]
fn bubbling() -> web_sys::EventInit {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    init
}

/// Says what the cells around an input add up to, and by how much a total typed above them differs.
#[cfg(target_family = "wasm")]
fn add_up(event: &web_sys::Event) {
    use leptos::wasm_bindgen::JsCast;

    let target = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(Ok(Some(row))) = target.map(|input| input.closest(".cells-of, tr")) else { return };
    // typed in the row of the total, or in one of the rows of the cells' own table
    let around = match row.closest(".cells-of") {
        Ok(Some(around)) => around,
        _ => match row.next_element_sibling().filter(|next| next.class_list().contains("cells-of")) {
            Some(around) => around,
            None => return,
        },
    };
    let Ok(Some(place)) = around.query_selector("[data-sum]") else { return };
    // a hint while typing: what counts is worked out exactly, by the server
    let sum: f64 = inputs_of(&around, "input[inputmode=decimal]").iter().filter_map(typed).sum();
    let above = |selector: &str| around.previous_element_sibling().and_then(|row| inputs_of(&row, selector).pop());
    let stood = above("input[name^=stood-]").map(|input| input.value());
    let total = above("input[name^=value-]").filter(|input| stood.as_deref() != Some(input.value().trim()));
    let said =
        |name: &str, with: &str, number: f64| place.get_attribute(name).map(|said| said.replace(with, &short(number))).unwrap_or_default();
    let mut text = said("data-sum", "{n}", sum);
    if let Some(by) = total.as_ref().and_then(typed).map(|total| total - sum).filter(|by| by.abs() > 0.000_000_5) {
        let signed = if by > 0.0 { "+" } else { "" };
        text = format!("{text} {}", said("data-differs", "{n}", by).replace("{s}", signed));
    }
    place.set_text_content(Some(&text));
}

#[cfg(target_family = "wasm")]
fn inputs_of(element: &web_sys::Element, selector: &str) -> Vec<web_sys::HtmlInputElement> {
    use leptos::wasm_bindgen::JsCast;

    let Ok(found) = element.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|i| found.get(i)?.dyn_into().ok()).collect()
}

#[cfg(target_family = "wasm")]
fn typed(input: &web_sys::HtmlInputElement) -> Option<f64> {
    input.value().trim().parse().ok()
}

/// A number with no more digits than it has.
#[cfg(target_family = "wasm")]
fn short(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
