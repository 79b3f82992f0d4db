//! Sessions and refresh tokens.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Sqlite;
use crate::store::access::{NewSession, Result, Rotation, RotationRequest, Session, Sessions};

const COLUMNS: &str =
    "id, user_id, device, address, created_at, last_used_at, idle_expires_at, expires_at, revoked_at";
const LIVES: &str = "revoked_at IS NULL AND idle_expires_at > ?2 AND expires_at > ?2";

#[async_trait]
impl Sessions for Sqlite {
    async fn open_session(&self, new: &NewSession) -> Result<Vec<String>> {
        let NewSession { session, token, most } = new.clone();
        self.run(move |connection| {
            let mut ended = ids(
                connection,
                &format!("SELECT id FROM sessions WHERE user_id=?1 AND {LIVES} ORDER BY last_used_at DESC"),
                params![session.user_id, session.created_at],
            )?;
            let ended = ended.split_off(most.saturating_sub(1).min(ended.len()));
            for id in &ended {
                end(connection, id, session.created_at)?;
            }
            let sql = format!("INSERT INTO sessions ({COLUMNS}) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,NULL)");
            connection.prepare_cached(&sql)?.execute(params![
                session.id,
                session.user_id,
                session.device,
                session.address,
                session.created_at,
                session.last_used_at,
                session.idle_expires_at,
                session.expires_at
            ])?;
            add_token(connection, &token, &session.id)?;
            Ok(ended)
        })
        .await
    }

    async fn session(&self, id: &str) -> Result<Option<Session>> {
        let id = id.to_owned();
        self.run(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id=?1");
            connection.prepare_cached(&sql)?.query_row([id], read).optional()
        })
        .await
    }

    async fn sessions(&self, user_id: &str, now: i64) -> Result<Vec<Session>> {
        let user_id = user_id.to_owned();
        self.run(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM sessions WHERE user_id=?1 AND {LIVES} ORDER BY last_used_at DESC, id"
            );
            connection.prepare_cached(&sql)?.query_map(params![user_id, now], read)?.collect()
        })
        .await
    }

    async fn rotate(&self, request: RotationRequest) -> Result<Rotation> {
        self.run(move |connection| rotate(connection, request)).await
    }

    async fn end_session(&self, id: &str, now: i64) -> Result<bool> {
        let id = id.to_owned();
        self.run(move |connection| end(connection, &id, now)).await
    }

    async fn end_sessions(&self, user_id: &str, except: Option<&str>, now: i64) -> Result<Vec<String>> {
        let (user_id, except) = (user_id.to_owned(), except.unwrap_or_default().to_owned());
        self.run(move |connection| {
            let sql = "UPDATE sessions SET revoked_at=?3 WHERE user_id=?1 AND id<>?2 AND revoked_at IS NULL RETURNING id";
            ids(connection, sql, params![user_id, except, now])
        })
        .await
    }

    async fn forget_sessions(&self, before: i64) -> Result<u64> {
        self.run(move |connection| {
            let sql = "DELETE FROM sessions WHERE expires_at<?1 OR idle_expires_at<?1 OR revoked_at<?1";
            Ok(connection.execute(sql, [before])? as u64)
        })
        .await
    }
}

fn rotate(connection: &Connection, request: RotationRequest) -> rusqlite::Result<Rotation> {
    let used = |hash: &[u8; 32]| {
        let sql = "SELECT session_id, used_at FROM refresh_tokens WHERE hash=?1";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?));
        connection.prepare_cached(sql)?.query_row([hash], read).optional()
    };
    let Some((session_id, used_at)) = used(&request.token)? else { return Ok(Rotation::Unknown) };
    let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id=?1");
    let mut session = connection.prepare_cached(&sql)?.query_row([&session_id], read)?;
    let now = request.now;
    if session.revoked_at.is_some() {
        return Ok(Rotation::Revoked);
    }
    if let Some(used_at) = used_at {
        let successor_unused = matches!(used(&request.successor)?, Some((_, None)));
        if successor_unused && now - used_at <= request.grace {
            return Ok(Rotation::Repeated(session));
        }
        end(connection, &session_id, now)?;
        session.revoked_at = Some(now);
        return Ok(Rotation::Reused(session));
    }
    if session.idle_expires_at <= now || session.expires_at <= now {
        return Ok(Rotation::Expired);
    }
    session.last_used_at = now;
    session.idle_expires_at = now.saturating_add(request.idle).min(session.expires_at);
    connection
        .prepare_cached("UPDATE refresh_tokens SET used_at=?2 WHERE hash=?1")?
        .execute(params![request.token, now])?;
    add_token(connection, &request.successor, &session_id)?;
    connection
        .prepare_cached("UPDATE sessions SET last_used_at=?2, idle_expires_at=?3 WHERE id=?1")?
        .execute(params![session_id, now, session.idle_expires_at])?;
    Ok(Rotation::Rotated(session))
}

fn add_token(connection: &Connection, hash: &[u8; 32], session_id: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO refresh_tokens (hash, session_id) VALUES (?1,?2)";
    connection.prepare_cached(sql)?.execute(params![hash, session_id])?;
    Ok(())
}

fn end(connection: &Connection, id: &str, now: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE sessions SET revoked_at=?2 WHERE id=?1 AND revoked_at IS NULL";
    Ok(connection.prepare_cached(sql)?.execute(params![id, now])? == 1)
}

fn ids(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached(sql)?.query_map(params, |row| row.get(0))?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        user_id: row.get(1)?,
        device: row.get(2)?,
        address: row.get(3)?,
        created_at: row.get(4)?,
        last_used_at: row.get(5)?,
        idle_expires_at: row.get(6)?,
        expires_at: row.get(7)?,
        revoked_at: row.get(8)?,
    })
}
