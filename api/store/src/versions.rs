//! Which migrations there are, which a database has, and what follows; the same for both databases.
//! Applying them and remembering their checksums is sqlx's.

use crate::{SchemaStatus, StoreError};
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

/// Migrations in order: number, name, text.
pub(crate) type List = &'static [(u32, &'static str, &'static str)];

/// A migration as the database remembers it.
pub(crate) struct Applied {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) checksum: Vec<u8>,
}

fn migrations(list: List) -> Vec<Migration> {
    list.iter()
        .map(|&(number, name, text)| {
            Migration::new(number.into(), name.into(), MigrationType::Simple, text.into_sql_str(), false)
        })
        .collect()
}

/// What applies the list. The caller holds the lock.
pub(crate) fn migrator(list: List) -> Migrator {
    let mut migrator = Migrator::with_migrations(migrations(list));
    migrator.dangerous_set_table_name("schema_migrations");
    migrator.set_locking(false);
    migrator
}

fn title(list: List, number: u32) -> String {
    let name = list.iter().find(|(known, _, _)| *known == number).map_or("", |(_, name, _)| name);
    format!("{number:04} {name}")
}

/// The schema found against the one known, or why the database cannot be used at all.
pub(crate) fn compare(list: List, path: &str, applied: &[Applied]) -> Result<SchemaStatus, StoreError> {
    let known = migrations(list);
    let latest = list.last().map_or(0, |(number, _, _)| *number);
    let mut current = 0;
    for applied in applied {
        let same = known.iter().find(|known| known.version == i64::from(applied.number));
        if same.is_some_and(|known| *known.checksum != *applied.checksum) {
            return Err(StoreError::ChangedMigration {
                path: path.to_owned(),
                name: format!("{:04} {}", applied.number, applied.name),
            });
        }
        current = current.max(applied.number);
    }
    if current > latest {
        return Err(StoreError::Newer { path: path.to_owned(), found: current, known: latest });
    }
    let pending =
        list.iter().filter(|(number, _, _)| *number > current).map(|(number, _, _)| title(list, *number));
    Ok(SchemaStatus { current, latest, pending: pending.collect(), database: path.to_owned() })
}

/// The error of a migration in the store's words.
pub(crate) fn failed(
    list: List,
    path: &str,
    error: MigrateError,
    fail: impl Fn(sqlx::Error) -> StoreError,
) -> StoreError {
    match error {
        MigrateError::Execute(error) => fail(error),
        MigrateError::ExecuteMigration(error, number) => match fail(error) {
            StoreError::Other { path, detail } => StoreError::MigrationFailed {
                path,
                name: title(list, u32::try_from(number).unwrap_or(0)),
                detail,
            },
            known => known,
        },
        other => StoreError::Other { path: path.to_owned(), detail: other.to_string() },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::List;

    /// A file that lies in the folder but is not in the list would never be applied.
    pub(crate) fn every_file_is_embedded_under_its_number(folder: &str, list: List) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(folder);
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        files.sort();
        let listed: Vec<String> =
            list.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect();
        assert_eq!(files, listed);
    }
}
