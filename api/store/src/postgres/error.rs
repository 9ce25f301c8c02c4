//! PostgreSQL's SQLSTATE codes (<https://www.postgresql.org/docs/current/errcodes-appendix.html>) as the
//! store's errors.

use crate::StoreError;

/// The error for a server or database named so.
pub(super) fn failure(path: &str, error: sqlx::Error) -> StoreError {
    let path = path.to_owned();
    match &error {
        sqlx::Error::Database(said) => {
            let code = said.code().unwrap_or_default().into_owned();
            by_code(path, &code, said.message().to_owned())
        }
        sqlx::Error::PoolTimedOut => StoreError::Busy { path },
        sqlx::Error::Io(io) => StoreError::ConnectionLost { path, detail: io.to_string() },
        sqlx::Error::Tls(tls) => StoreError::Unreachable { path, detail: tls.to_string() },
        other => StoreError::Other { path, detail: other.to_string() },
    }
}

/// The error of connecting.
pub(super) fn cannot_connect(path: &str, error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Io(io) => StoreError::Unreachable { path: path.to_owned(), detail: io.to_string() },
        // The driver names a missing password as a mistake of configuration.
        sqlx::Error::Configuration(said) => {
            StoreError::LoginRefused { path: path.to_owned(), detail: said.to_string() }
        }
        other => failure(path, other),
    }
}

fn by_code(path: String, code: &str, detail: String) -> StoreError {
    match code {
        "28P01" | "28000" => StoreError::LoginRefused { path, detail },
        "3D000" => StoreError::NoSuchDatabase { path },
        // Too many connections; starting up, shutting down or recovering.
        "53300" | "57P03" => StoreError::Unreachable { path, detail },
        "53100" => StoreError::Full { path },
        "25006" => StoreError::ReadOnly { path },
        // A deadlock, and transactions that cannot be put in an order.
        "40P01" | "40001" => StoreError::Conflict { path, detail },
        "55P03" => StoreError::Busy { path },
        // Ended by an administrator or a crash, or for idling in a transaction.
        "57P01" | "57P02" | "25P03" => StoreError::ConnectionLost { path, detail },
        "XX001" | "XX002" => StoreError::Corrupt { path, detail },
        code if code.starts_with("08") => StoreError::ConnectionLost { path, detail },
        code => StoreError::Other { path, detail: format!("{detail}, SQLSTATE {code}") },
    }
}
