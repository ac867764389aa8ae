//! Parts of a page that live in the browser too. Each earns its bytes, and the page works without it.

mod entry_keeper;

pub use entry_keeper::EntryKeeper;
