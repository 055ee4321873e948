//! How values lie in the cells of the tables.

use jiff::Timestamp;
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::numbers::Msisdn;

/// An instant, in milliseconds since 1970.
pub(super) struct Instant(pub(super) Timestamp);

/// A figure.
pub(super) struct Count(pub(super) u64);

/// A number in a column of its own.
pub(super) struct Number(pub(super) Msisdn);

/// A value that this program does not write. Says nothing of the value: it may be somebody's number.
#[derive(Debug, thiserror::Error)]
#[error("an unknown {0}")]
pub(super) struct Unknown(pub(super) &'static str);

pub(super) fn unknown(what: &'static str) -> FromSqlError {
    FromSqlError::Other(Box::new(Unknown(what)))
}

impl Instant {
    pub(super) fn now() -> Self {
        Self(Timestamp::now())
    }
}

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_millisecond().into())
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_millisecond(value.as_i64()?).map(Self).map_err(|_| unknown("time"))
    }
}

impl ToSql for Count {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u64::try_from(value.as_i64()?).map(Self).map_err(|_| unknown("figure"))
    }
}

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        // At most fifteen digits.
        Ok(i64::try_from(self.0.value()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Number {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let Count(value) = Count::column_result(value)?;
        Msisdn::from_value(value).map(Self).ok_or_else(|| unknown("number"))
    }
}

/// An enum whose variants lie in the tables, and stand in reports, as stable words.
macro_rules! words {
    (
        $(#[$about:meta])*
        $seen:vis enum $name:ident ($what:literal) {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $seen enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The stable word.
            #[must_use]
            $seen const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::ledger::cells::unknown($what)),
                }
            }
        }
    };
}

pub(super) use words;
