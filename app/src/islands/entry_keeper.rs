//! Keeps a field officer's figures on a bad connection: warns before a page with unsaved figures is left, says when the
//! device is offline, and moves between inputs by the arrow keys, as in a spreadsheet.

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
        Box::new(move |_| {
            marks.store(true, Ordering::Relaxed);
            set_changed.set(true);
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

/// Up and down move to the input before or after.
#[cfg(target_family = "wasm")]
fn step(event: &web_sys::KeyboardEvent) {
    use leptos::wasm_bindgen::JsCast;

    let forward = match event.key().as_str() {
        "ArrowDown" | "Enter" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let target = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(target) = target.filter(|input| input.type_() == "text") else { return };
    let Some(form) = target.form() else { return };
    let Ok(inputs) = form.query_selector_all("input[inputmode=decimal]") else { return };
    let all: Vec<web_sys::HtmlInputElement> = (0..inputs.length()).filter_map(|i| inputs.get(i)?.dyn_into().ok()).collect();
    let Some(at) = all.iter().position(|input| input.is_same_node(Some(&target))) else { return };
    let next = if forward { all.get(at + 1) } else { at.checked_sub(1).and_then(|i| all.get(i)) };
    if let Some(next) = next {
        event.prevent_default();
        let _ = next.focus();
        next.select();
    } else if event.key() == "Enter" {
        // the last input: Enter sends no half-filled form by accident
        event.prevent_default();
    }
}
