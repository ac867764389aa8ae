//! Parts of a page that live in the browser too.
