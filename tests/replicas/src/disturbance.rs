//! What is disturbed: the provider's habits, the store, and what goes wrong.

use std::str::FromStr;

/// What the provider does with a refresh token that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// It ends the family.
    Strict,
    /// For a while it gives one more successor.
    Grace,
    /// For a while it gives the same successor again.
    GraceIdempotent,
}

/// Where the grants are, and how the processes work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Store {
    /// One SQLite file, tasks.
    Sqlite,
    /// One SQLite file, threads.
    SqliteBlocking,
    /// One PostgreSQL database, tasks.
    Postgres,
}

/// What goes wrong while the tokens of all are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Disturbance {
    /// Nothing.
    Nothing,
    /// `kill -9` of one process.
    Kill,
    /// Requests and responses that are lost.
    Lost,
    /// Responses that come when nobody waits any more.
    Late,
    /// 500 and 503, before and after the provider acted.
    Refused,
    /// Nothing but 500 and 503 for seconds: every second try meets them, too.
    Outage,
    /// The store is away for seconds.
    StoreAway,
    /// A kill while responses are lost and the provider says 503.
    Everything,
}

macro_rules! named {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its name on the command line and in the table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(format!("expected one of: {}", [$($name),+].join(", "))),
                }
            }
        }
    };
}

named!(Kind { Strict = "strict", Grace = "grace", GraceIdempotent = "grace-idempotent" });
named!(Store { Sqlite = "sqlite", SqliteBlocking = "sqlite-blocking", Postgres = "postgres" });
named!(Disturbance {
    Nothing = "nothing",
    Kill = "kill",
    Lost = "lost",
    Late = "late",
    Refused = "500-503",
    Outage = "outage",
    StoreAway = "store-away",
    Everything = "everything",
});
