//! Who asks: the identity, zone, format and roles that a request's answers depend on.

mod access;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rusqlite::{Connection, OptionalExtension};

use crate::engine::Engine;
use crate::error::Error;
use crate::schema::Schema;
use crate::value::format::DateFormat;
use crate::value::script::Caller;

pub(crate) use access::Reading;

/// A caller, as known when the request came in.
#[derive(Clone, Debug)]
pub struct Session {
    /// sys_id of the `sys_user` row.
    pub user_id: String,
    /// What is written to `sys_created_by`.
    pub user_name: String,
    /// The name people see.
    pub name: String,
    /// The user's zone, else the instance's.
    pub time_zone: Tz,
    /// How the user writes dates and times.
    pub date_format: DateFormat,
    /// Names of the roles held, inherited ones included.
    pub roles: Vec<String>,
    /// Whether one of them is `admin`, which holds all others.
    pub admin: bool,
}

impl Session {
    /// The session of a user; `None` if there is none of that name, or it is not active or locked out.
    pub fn load(engine: &Engine, user_name: &str) -> Result<Option<Session>, Error> {
        engine.read(|connection| {
            let schema = engine.schema();
            let Some(mut session) = user(connection, user_name, engine.settings().time_zone)? else {
                return Ok(None);
            };
            session.roles = roles(connection, &schema, &session.user_id)?;
            session.admin = session.roles.iter().any(|role| role == "admin");
            Ok(Some(session))
        })
    }

    /// Whether the caller holds the role.
    pub fn has_role(&self, role: &str) -> bool {
        self.admin || self.roles.iter().any(|held| held == role)
    }

    /// What scripts and date operators see of the caller.
    pub(crate) fn caller(&self, now: DateTime<Utc>) -> Caller<'_> {
        Caller {
            now,
            zone: self.time_zone,
            user_id: &self.user_id,
            user_name: &self.user_name,
            name: &self.name,
        }
    }
}

fn user(connection: &Connection, user_name: &str, default_zone: Tz) -> Result<Option<Session>, Error> {
    const USER: &str = "SELECT sys_id, user_name, name, time_zone, date_format, time_format FROM sys_user \
                        WHERE user_name = ?1 AND (active = 1 OR active IS NULL) \
                        AND (locked_out = 0 OR locked_out IS NULL) \
                        ORDER BY sys_id LIMIT 1";
    let found = connection
        .prepare_cached(USER)?
        .query_row([user_name], |row| {
            let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
            Ok(Session {
                user_id: row.get(0)?,
                user_name: text(1)?,
                name: text(2)?,
                time_zone: zone(connection, &row.get::<_, String>(0)?, &text(3)?)?.unwrap_or(default_zone),
                date_format: DateFormat::new(&text(4)?, &text(5)?),
                roles: Vec::new(),
                admin: false,
            })
        })
        .optional()?;
    Ok(found)
}

/// The zone on the user's row, else the one of the user's preferences; none where neither is known.
fn zone(connection: &Connection, user_id: &str, own: &str) -> rusqlite::Result<Option<Tz>> {
    const PREFERENCE: &str = "SELECT value FROM sys_user_preference \
                              WHERE name = 'timezone' AND user = ?1 AND value IS NOT NULL LIMIT 1";
    if let Ok(zone) = own.parse() {
        return Ok(Some(zone));
    }
    let mut statement = connection.prepare_cached(PREFERENCE)?;
    let preferred: Option<String> = statement.query_row([user_id], |row| row.get(0)).optional()?;
    Ok(preferred.and_then(|name| name.parse().ok()))
}

fn roles(connection: &Connection, schema: &Schema, user_id: &str) -> Result<Vec<String>, Error> {
    let (Some(held), Some(role)) = (schema.table("sys_user_has_role"), schema.table("sys_user_role")) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT DISTINCT r.name FROM {} AS h JOIN {} AS r ON r.sys_id = h.role \
         WHERE h.user = ?1 AND r.name IS NOT NULL ORDER BY r.name",
        crate::query::quoted(&held.storage),
        crate::query::quoted(&role.storage),
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let names = statement.query_map([user_id], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Somebody with these roles.
    pub(crate) fn session(roles: &[&str]) -> Session {
        Session {
            user_id: "u".into(),
            user_name: "u".into(),
            name: "U".into(),
            time_zone: chrono_tz::UTC,
            date_format: DateFormat::default(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            admin: roles.contains(&"admin"),
        }
    }
}
