//! The lines of a file in their order, each assessed: some hundreds are read, assessed on several threads
//! and handed out before the next are read. Not what becomes of them.

use super::importers::ImporterKey;
use crate::assessed::AssessedLine;
use crate::checking::Checker;
use crate::declared::LineInput;
use crate::declared_file::{DeclaredLines, DeclaredRow, FieldPlaces, Unread};
use crate::failure::{Failure, caught, panicked};
use crate::validation;
use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Lines read before they are assessed: enough that no thread waits long for the slowest line.
const BLOCK: usize = 256;

/// What a thread was at that panicked.
pub(super) const ASSESSING: &str = "the assessment of lines";

/// Lines on their way.
pub struct Abreast<'a, R> {
    checker: &'a Checker,
    lines: &'a mut DeclaredLines<R>,
    importers: Option<&'a ImporterKey>,
    known: u64,
    threads: usize,
    ready: VecDeque<Ready>,
}

/// A line of the file.
pub struct Ready {
    /// Line of the file on which it begins.
    pub number: u64,
    /// Cells of the columns that are not fields.
    pub extra: Vec<String>,
    /// What is known of it.
    pub line: Line,
}

/// What is known of a line.
pub enum Line {
    /// One that an earlier run has done already.
    Known {
        /// As it stands in the file.
        input: Box<LineInput>,
        /// Whether all of its cells could be told; else it is a bad line, whatever the others say.
        whole: bool,
    },
    /// One of this run.
    Assessed(Box<AssessedLine>),
}

impl<'a, R: BufRead> Abreast<'a, R> {
    /// The lines of a file, the first `known` of them not assessed; importers hashed where there is a key.
    /// At least one thread works.
    pub fn new(
        checker: &'a Checker,
        lines: &'a mut DeclaredLines<R>,
        importers: Option<&'a ImporterKey>,
        known: u64,
        threads: usize,
    ) -> Self {
        Abreast { checker, lines, importers, known, threads: threads.max(1), ready: VecDeque::new() }
    }

    /// The next lines of the file.
    fn read(&mut self) -> Vec<DeclaredRow> {
        let mut rows: Vec<DeclaredRow> = self.lines.take(BLOCK).collect();
        if let Some(key) = self.importers {
            for row in &mut rows {
                let input = match &mut row.line {
                    Ok(line) => line,
                    Err(unread) => &mut *unread.given,
                };
                if let Some(importer) = input.importer.as_mut().filter(|text| !text.trim().is_empty()) {
                    *importer = key.hash(importer);
                }
            }
        }
        rows
    }

    /// Whether no line is left; asked when nothing more is taken.
    pub fn is_through(&mut self) -> bool {
        self.ready.is_empty() && self.lines.next().is_none()
    }
}

impl<R: BufRead> Iterator for Abreast<'_, R> {
    type Item = Result<Ready, Failure>;

    fn next(&mut self) -> Option<Result<Ready, Failure>> {
        if self.ready.is_empty() {
            let mut rows = self.read();
            let known = rows.len().min(usize::try_from(self.known).unwrap_or(usize::MAX));
            self.known -= known as u64;
            let rest = rows.split_off(known);
            self.ready.extend(rows.into_iter().map(|row| {
                let whole = row.line.is_ok();
                let input = row.line.map_or_else(|unread| unread.given, Box::new);
                Ready { number: row.number, extra: row.extra, line: Line::Known { input, whole } }
            }));
            let checker = self.checker;
            let assessed = assess_all(rest, self.threads, |row| Ready {
                number: row.number,
                extra: row.extra,
                line: Line::Assessed(Box::new(assess(checker, row.number, row.line, &row.places))),
            });
            match assessed {
                Ok(assessed) => self.ready.extend(assessed),
                Err(failure) => return Some(Err(failure)),
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// Assesses lines on several threads; in their order.
///
/// Errors: a thread that panics, on whatever line, is a fault of the program.
fn assess_all<R: Send>(
    rows: Vec<DeclaredRow>,
    threads: usize,
    ready: impl Fn(DeclaredRow) -> R + Sync,
) -> Result<Vec<R>, Failure> {
    let threads = threads.min(rows.len());
    if threads <= 1 {
        return caught(ASSESSING, || rows.into_iter().map(ready).collect());
    }
    let rows: Vec<Mutex<Option<DeclaredRow>>> = rows.into_iter().map(|row| Mutex::new(Some(row))).collect();
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done: Vec<(usize, R)> = Vec::new();
        while let Some((at, row)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            rows.get(at).map(|row| (at, row))
        } {
            let row = row.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
            done.extend(row.map(|row| (at, ready(row))));
        }
        done
    };
    let share = || caught(ASSESSING, some);
    let shares: Vec<_> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mine = share();
        let theirs = others.into_iter().map(|t| t.join().unwrap_or_else(|e| Err(panicked(ASSESSING, &*e))));
        theirs.chain([mine]).collect()
    });
    let mut done = Vec::new();
    for share in shares {
        done.extend(share?);
    }
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, ready)| ready).collect())
}

/// A line with its verdict, or why it could not be read.
pub(super) fn assess(
    checker: &Checker,
    number: u64,
    line: Result<LineInput, Unread>,
    places: &FieldPlaces,
) -> AssessedLine {
    let cleared_flag_rate = checker.validation().and_then(validation::rate);
    match line {
        Ok(input) => {
            let result = checker.check_figures(&input).map_err(|errors| places.told(number, &errors));
            AssessedLine { number, input, result, cleared_flag_rate }
        }
        Err(Unread { why, given }) => {
            AssessedLine { number, input: *given, result: Err(why), cleared_flag_rate }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Exit;

    fn rows() -> Vec<DeclaredRow> {
        let row = |number| DeclaredRow {
            number,
            line: Ok(LineInput::default()),
            extra: Vec::new(),
            places: FieldPlaces::default(),
        };
        (2..100).map(row).collect()
    }

    #[test]
    fn lines_come_in_their_order_and_a_panic_is_the_programs_fault() {
        for threads in [1, 3] {
            let numbers = assess_all(rows(), threads, |row| row.number).unwrap();
            assert_eq!(numbers, (2..100).collect::<Vec<_>>());
            let failure = assess_all(rows(), threads, |row| match row.number {
                50 => panic!("no group {}", row.number),
                number => number,
            });
            let failure = failure.unwrap_err();
            assert_eq!(failure.exit, Exit::Bug);
            assert!(failure.message.ends_with("a fault of the program: no group 50"), "{failure}");
        }
    }
}
