//! The program: one binary for serving, migrating, checking, the demonstration and the audit log.

mod commands;
mod config;
mod database;
mod serve;
mod verify;

use clap::Parser;

/// The system's allocator keeps what hashing passwords took in each of its arenas: ten times the memory that is in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // a developer's .env; absent in production
    let _ = dotenvy::dotenv();
    let config = config::Cli::parse();
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("kipimo: {error}");
            return std::process::ExitCode::FAILURE;
        }
    };
    match runtime.block_on(commands::run(config)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kipimo: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
