//! SQLite's result codes (<https://www.sqlite.org/rescode.html>) as the store's errors.

use crate::StoreError;

/// The error for a database at a path.
pub(super) fn failure(path: &str, error: sqlx::Error) -> StoreError {
    let path = path.to_owned();
    match &error {
        sqlx::Error::Database(said) => {
            let code = said.code().and_then(|code| code.parse::<i32>().ok());
            by_code(path, code.unwrap_or(0), said.message().to_owned())
        }
        sqlx::Error::PoolTimedOut => StoreError::Busy { path },
        sqlx::Error::Io(io) => cannot_open(&path, io),
        other => StoreError::Other { path, detail: other.to_string() },
    }
}

/// The error of opening or making a file.
pub(super) fn cannot_open(path: &str, error: &std::io::Error) -> StoreError {
    let path = path.to_owned();
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full { path },
        _ => StoreError::CannotOpen { path, detail: error.to_string() },
    }
}

fn by_code(path: String, code: i32, detail: String) -> StoreError {
    // SQLITE_IOERR_SHMSIZE: the index of the WAL could not grow, which happens on a full disk.
    const IOERR_SHMSIZE: i32 = 10 | (19 << 8);
    if code == IOERR_SHMSIZE {
        return StoreError::Full { path };
    }
    // The low byte is the primary code.
    match code & 0xff {
        5 | 6 => StoreError::Busy { path },
        8 => StoreError::ReadOnly { path },
        11 => StoreError::Corrupt { path, detail },
        13 => StoreError::Full { path },
        14 => StoreError::CannotOpen { path, detail },
        26 => StoreError::NotADatabase { path, detail },
        _ => StoreError::Other { path, detail: format!("{detail}, SQLite code {code}") },
    }
}
