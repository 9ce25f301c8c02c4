//! Writing results to stdout, and progress to stderr where a person watches.

use crate::failure::{Exit, Failure};
pub use crate::pages::format::count;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{self, Write};

/// One JSON value, indented, on stdout.
pub fn json<T: Serialize>(value: &T) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Failure::bug(format!("a result could not be written as JSON: {e}")))?;
    self::text(&text)
}

/// A text on stdout, ended by a line end.
pub fn text(text: &str) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| {
        if text.ends_with('\n') { out.flush() } else { out.write_all(b"\n").and_then(|()| out.flush()) }
    });
    match written {
        // A reader that has seen enough (`| head`) is no failure.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(e) => Err(Failure::from_io("standard output", &e)),
        Ok(()) => Ok(Exit::Done),
    }
}

/// A progress bar on stderr with rate and time left; hidden where stderr is no terminal.
/// `length` 0 means not known beforehand.
pub fn progress(length: u64, what: &str) -> ProgressBar {
    let template = if length > 0 {
        "{msg} {bar:30} {human_pos}/{human_len} {per_sec} {eta} left"
    } else {
        "{msg} {spinner} {human_pos} {per_sec}"
    };
    bar(length, template, what)
}

/// The same for bytes of files read; the message may change as the work goes on.
pub fn progress_bytes(length: u64, what: &str) -> ProgressBar {
    let template = if length > 0 {
        "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left"
    } else {
        "{msg} {spinner} {bytes} {bytes_per_sec}"
    };
    bar(length, template, what)
}

fn bar(length: u64, template: &str, what: &str) -> ProgressBar {
    let bar = if length > 0 { ProgressBar::new(length) } else { ProgressBar::new_spinner() };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}
