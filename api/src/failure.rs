//! How the program fails: one message (where, what), a hint (what to do) and an exit code.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Exit codes of the program. They are a contract: see docs/CONTRACTS.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// A fault of the program itself.
    Bug = 1,
    /// Wrong command line (also what the flag parser uses).
    Usage = 2,
    /// Bad input: a settings, source or column-map file, a table without its columns, a code.
    Input = 3,
    /// The machine refuses: no space, a port in use, no permission, a locked database.
    Machine = 4,
    /// The database is of another version.
    Schema = 5,
    /// Done, but some lines or pages were bad: they are counted and listed.
    Partly = 6,
    /// Interrupted; what was done is kept and the work can be resumed.
    Interrupted = 130,
}

/// A failure, as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// Where and what, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    /// Bad input.
    pub fn input(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Input, message: message.into(), hint: None }
    }
    /// A refusal of the machine.
    pub fn machine(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Machine, message: message.into(), hint: None }
    }
    /// A fault of the program.
    pub fn bug(message: impl Into<String>) -> Self {
        Failure { exit: Exit::Bug, message: message.into(), hint: None }
    }
    /// What is needed in any order, and came through a pipe; `what` begins the message.
    pub fn piped(what: &str) -> Self {
        Failure::input(format!(
            "{what} cannot be read from a pipe, which gives its bytes once and in their order"
        ))
        .hint("save it to a file first, and name that")
    }
    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// An input or output error on something that has a name.
    pub fn from_io(what: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Failure::input(format!("{what}: no such file or folder")),
            io::ErrorKind::PermissionDenied => Failure::machine(format!("{what}: permission denied")),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Failure::machine(format!("{what}: no space left on the disk"))
                    .hint("free some space and start again: what was finished is kept")
            }
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                Failure::input(format!("{what}: a file stands where a folder is needed"))
            }
            io::ErrorKind::IsADirectory => {
                Failure::machine(format!("{what}: a folder stands where a file is needed"))
            }
            io::ErrorKind::BrokenPipe => {
                Failure::machine(format!("{what}: whoever reads it has gone, it is not written to its end"))
            }
            io::ErrorKind::NotSeekable => Failure::piped(&format!("{what}: it")),
            io::ErrorKind::AddrInUse => Failure::machine(format!("{what}: the port is in use"))
                .hint("stop the other program, or choose another port with --port"),
            // Not the machine's refusal: bytes that are not of the form (a gzip stream cut short).
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Failure::input(format!("{what}: {error}"))
            }
            _ => Failure::machine(format!("{what}: {error}")),
        }
    }
}

/// Does some work; a panic in it is a fault of the program and told as one, whatever thread it was in.
pub fn caught<T>(what: &str, work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panicked(what, &*panic))
}

/// The same of a panic that was caught already.
pub fn panicked(what: &str, panic: &(dyn Any + Send)) -> Failure {
    Failure::bug(format!("{what} ended by a fault of the program: {}", words_of(panic)))
        .hint("the input is not to blame; report it with this message")
}

/// What a panic says.
pub fn words_of(panic: &(dyn Any + Send)) -> &str {
    let told = panic.downcast_ref::<String>().map(String::as_str);
    told.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason is known")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_in_its_own_words() {
        let told = |work: fn()| caught("a step", work).unwrap_err().message;
        assert_eq!(told(|| panic!("at {}", 3)), "a step ended by a fault of the program: at 3");
        assert!(told(|| panic!("no group")).ends_with(": no group"));
        assert!(told(|| std::panic::panic_any(3)).ends_with(": no reason is known"));
    }
}
