//! What people see. `islands` is compiled for the browser too; everything else for the server alone.

pub mod islands;

#[cfg(not(target_family = "wasm"))]
pub mod answers;
#[cfg(not(target_family = "wasm"))]
pub mod assets;
#[cfg(not(target_family = "wasm"))]
pub mod chart;
#[cfg(not(target_family = "wasm"))]
pub mod cookies;
#[cfg(not(target_family = "wasm"))]
pub mod format;
#[cfg(not(target_family = "wasm"))]
pub mod forms;
#[cfg(not(target_family = "wasm"))]
pub mod hosts;
#[cfg(not(target_family = "wasm"))]
pub mod pages;
#[cfg(not(target_family = "wasm"))]
pub mod parts;
#[cfg(not(target_family = "wasm"))]
pub mod router;
#[cfg(not(target_family = "wasm"))]
pub mod sheet;
#[cfg(not(target_family = "wasm"))]
pub mod shell;
#[cfg(not(target_family = "wasm"))]
pub mod support_banner;
#[cfg(not(target_family = "wasm"))]
pub mod text;
#[cfg(not(target_family = "wasm"))]
pub mod uploads;
#[cfg(not(target_family = "wasm"))]
pub mod visit;
#[cfg(not(target_family = "wasm"))]
pub mod workbook;
