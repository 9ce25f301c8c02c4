//! The binary: hands over to the command line of the library.

use api::failure::caught;
use std::process::ExitCode;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TOUCHSTONE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("touchstone: the asynchronous runtime cannot start: {error}");
            return ExitCode::from(api::failure::Exit::Machine as u8);
        }
    };
    let exit = caught("the program", || runtime.block_on(api::commands::main())).unwrap_or_else(|failure| {
        eprintln!("touchstone: {failure}");
        failure.exit
    });
    ExitCode::from(exit as u8)
}
