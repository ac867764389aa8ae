//! The browser's half of Kipimo: wakes the islands of a page that has some.
