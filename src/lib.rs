//! The browser's half of Kipimo: wakes the islands of a page that has some.

// named, or the linker drops the islands that nothing else here calls
#[cfg(target_family = "wasm")]
pub use app::islands::*;

/// Called by the page's script once the browser part is loaded.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
