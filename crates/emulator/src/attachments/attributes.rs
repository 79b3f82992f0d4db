//! Attributes of attachments: pairs that programs keep with a file.
//!
//! Where the platform keeps them is not known; here they are rows of a table of our own.

use rusqlite::{Connection, OptionalExtension};

use crate::engine::{Engine, find};
use crate::error::Error;
use crate::records;
use crate::rulebook::{Grant, Operation};
use crate::session::Session;
use crate::value::literal;

const TABLE: &str = "sys_attachment_attribute";

/// Attributes of one attachment; more is a mistake.
const MOST: i64 = 1_000;

/// A key and its value.
pub(crate) type Attribute = (String, String);

/// Every attribute of an attachment that the caller may read, by key.
pub(crate) fn all(engine: &Engine, session: &Session, sys_id: &str) -> Result<Vec<Attribute>, Error> {
    const ALL: &str =
        "SELECT key, COALESCE(value, '') FROM sys_attachment_attribute WHERE attachment = ?1 ORDER BY key";
    super::describe(engine, session, sys_id)?;
    find(&engine.schema(), TABLE)?;
    engine.read(|connection| {
        let mut statement = connection.prepare_cached(ALL)?;
        let pairs = statement.query_map([sys_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.collect::<Result<_, _>>()?)
    })
}

/// Sets an attribute; one that is there is replaced.
pub(crate) fn set(
    engine: &Engine,
    session: &Session,
    sys_id: &str,
    (key, value): &Attribute,
) -> Result<(), Error> {
    const PUT: &str = "INSERT INTO sys_attachment_attribute (sys_id, attachment, key, value, sys_created_on, \
         sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6, 0)";
    may_write(engine, session, sys_id)?;
    engine.write(|transaction| {
        remove_one(transaction, sys_id, key)?;
        let there: i64 = transaction.query_row(
            "SELECT count(*) FROM sys_attachment_attribute WHERE attachment = ?1",
            [sys_id],
            |row| row.get(0),
        )?;
        if there >= MOST {
            return Err(Error::TooComplex("attributes"));
        }
        let now = engine.now().format(literal::DATE_TIME).to_string();
        let id = records::new_sys_id();
        transaction.prepare_cached(PUT)?.execute((id, sys_id, key, value, now, &session.user_name))?;
        Ok(())
    })
}

/// Removes one attribute, or all of them; whether there were any.
pub(crate) fn remove(
    engine: &Engine,
    session: &Session,
    sys_id: &str,
    key: Option<&str>,
) -> Result<bool, Error> {
    may_write(engine, session, sys_id)?;
    engine.write(|transaction| match key {
        Some(key) => remove_one(transaction, sys_id, key),
        None => remove_all(transaction, sys_id),
    })
}

/// The value of an attribute.
pub(crate) fn one(engine: &Engine, session: &Session, sys_id: &str, key: &str) -> Result<Attribute, Error> {
    const ONE: &str =
        "SELECT key, COALESCE(value, '') FROM sys_attachment_attribute WHERE attachment = ?1 AND key = ?2";
    super::describe(engine, session, sys_id)?;
    find(&engine.schema(), TABLE)?;
    engine.read(|connection| {
        let mut statement = connection.prepare_cached(ONE)?;
        let found = statement.query_row([sys_id, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.ok_or(Error::NotFound)
    })
}

/// Who may change the attachment may change its attributes.
fn may_write(engine: &Engine, session: &Session, sys_id: &str) -> Result<(), Error> {
    super::describe(engine, session, sys_id)?;
    let schema = engine.schema();
    find(&schema, TABLE)?;
    match session.may_write(&schema, find(&schema, "sys_attachment")?, Operation::Write) {
        Grant::Closed => Err(Error::WriteForbidden { operation: "Update" }),
        Grant::Open | Grant::Where(_) => Ok(()),
    }
}

fn remove_one(connection: &Connection, sys_id: &str, key: &str) -> Result<bool, Error> {
    const REMOVE: &str = "DELETE FROM sys_attachment_attribute WHERE attachment = ?1 AND key = ?2";
    Ok(connection.prepare_cached(REMOVE)?.execute([sys_id, key])? > 0)
}

fn remove_all(connection: &Connection, sys_id: &str) -> Result<bool, Error> {
    const REMOVE: &str = "DELETE FROM sys_attachment_attribute WHERE attachment = ?1";
    Ok(connection.prepare_cached(REMOVE)?.execute([sys_id])? > 0)
}
