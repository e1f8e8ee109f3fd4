//! `via = "sqlite"`: moving money between two accounts of a database on the disk, a transaction at a time.
//!
//! `SQLite` lets one writer in at a time. Tasks that work at once therefore have a database each, kept for the next
//! one: a shared one would show its queue instead of the wait that was asked for.

use std::path::PathBuf;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::folder::Folder;

const SCHEMA: &str = "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
    INSERT INTO account VALUES (1, 0), (2, 0);";
const TRANSACTION: &str = "BEGIN IMMEDIATE;
    UPDATE account SET balance = balance - 1 WHERE id = 1;
    UPDATE account SET balance = balance + 1 WHERE id = 2;
    COMMIT;";

/// The databases of one run, in a folder of their own.
pub(super) struct Databases(Mutex<Inside>);

struct Inside {
    folder: Place,
    idle: Vec<Database>,
    /// How many were ever made.
    made: u32,
}

enum Place {
    None,
    Refused(String),
    Made(Folder),
    /// Made, and removed, by the process that made this one.
    OfParent(PathBuf),
}

/// One database, open.
pub(super) struct Database(Connection);

impl Databases {
    /// Makes the folder, if it is `needed`.
    pub(super) fn new(needed: bool) -> Self {
        let make = || match Folder::new() {
            Ok(folder) => Place::Made(folder),
            Err(error) => Place::Refused(format!("making a temporary folder: {error}")),
        };
        let folder = if needed { make() } else { Place::None };
        Databases(Mutex::new(Inside { folder, idle: Vec::new(), made: 0 }))
    }

    /// Databases of this process in a folder that its parent made.
    pub(super) fn in_folder(folder: Option<Result<PathBuf, String>>) -> Self {
        let folder = match folder {
            None => Place::None,
            Some(Ok(path)) => Place::OfParent(path),
            Some(Err(reason)) => Place::Refused(reason),
        };
        Databases(Mutex::new(Inside { folder, idle: Vec::new(), made: 0 }))
    }

    /// Where the folder is, or why there is none; `None` if none is needed.
    pub(super) fn folder(&self) -> Option<Result<PathBuf, String>> {
        match &self.inside().folder {
            Place::None => None,
            Place::Refused(reason) => Some(Err(reason.clone())),
            Place::Made(folder) => Some(Ok(folder.path().to_owned())),
            Place::OfParent(path) => Some(Ok(path.clone())),
        }
    }

    /// A database that nobody uses.
    ///
    /// # Errors
    /// Why there is none, for the person.
    pub(super) fn take(&self) -> Result<Database, String> {
        let path = {
            let mut inside = self.inside();
            match inside.idle.pop() {
                Some(database) => return Ok(database),
                None => inside.next_path()?,
            }
        };
        let open = || {
            let connection = Connection::open(path)?;
            connection.execute_batch(SCHEMA)?;
            Ok(Database(connection))
        };
        open().map_err(|error: rusqlite::Error| format!("opening a database: {error}"))
    }

    pub(super) fn give_back(&self, database: Database) {
        let mut inside = self.inside();
        // Behind a closed run the database goes the way of its folder.
        if matches!(inside.folder, Place::Made(_) | Place::OfParent(_)) {
            inside.idle.push(database);
        }
    }

    /// Closes what nobody uses and removes the folder.
    pub(super) fn close(&self) {
        let mut inside = self.inside();
        inside.idle.clear();
        inside.folder = Place::None;
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn next_path(&mut self) -> Result<PathBuf, String> {
        self.made += 1;
        match &self.folder {
            Place::Made(folder) => Ok(folder.path().join(format!("{}.sqlite", self.made))),
            // Others work in it, too.
            Place::OfParent(path) => Ok(path.join(format!("process-{}-{}.sqlite", process::id(), self.made))),
            Place::Refused(reason) => Err(reason.clone()),
            Place::None => Err("the run is over".to_owned()),
        }
    }
}

impl Database {
    /// One transfer, committed and on the disk.
    ///
    /// # Errors
    /// What `SQLite` says, for the person.
    pub(super) fn transact(&mut self) -> Result<(), String> {
        let done = self.0.execute_batch(TRANSACTION);
        done.map_err(|error| {
            // A transaction that broke off would stand in the way of the next one.
            drop(self.0.execute_batch("ROLLBACK"));
            format!("a transaction: {error}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfers_are_committed_and_the_folder_goes() {
        let databases = Databases::new(true);
        let mut database = databases.take().unwrap();
        for _ in 0..3 {
            database.transact().unwrap();
        }
        let path = PathBuf::from(database.0.path().unwrap());
        databases.give_back(database);
        let balance = |connection: &Connection| -> i64 {
            connection.query_row("SELECT balance FROM account WHERE id = 2", [], |row| row.get(0)).unwrap()
        };
        assert_eq!(balance(&Connection::open(&path).unwrap()), 3);
        let again = databases.take().unwrap();
        assert_eq!(again.0.path().map(PathBuf::from), Some(path.clone()), "an idle database is used again");
        databases.close();
        assert!(!path.parent().unwrap().exists());
        assert!(databases.take().is_err());
    }

    #[test]
    fn a_refused_folder_is_a_reason() {
        let databases =
            Databases(Mutex::new(Inside { folder: Place::Refused("no such folder".into()), idle: vec![], made: 0 }));
        assert_eq!(databases.take().err().as_deref(), Some("no such folder"));
    }
}
