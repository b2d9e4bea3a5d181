//! The store ports of gatepass on SQLite and PostgreSQL.
//!
//! One store is one database: it implements [`GrantStore`], [`PendingStore`] and [`SessionStore`] and is cheap to
//! clone. Tokens and logins arrive here sealed; what stands in the clear is a grant's journal, who owns what, and
//! times. The time is the database's.
//!
//! | store | feature | needs |
//! |---|---|---|
//! | `SqliteStore` | `sqlite` (default) | no runtime: any executor polls it |
//! | `blocking::SqliteStore` | `sqlite` | no runtime |
//! | `PostgresStore` | `postgres` | tokio |
//!
//! The two databases are features because two crates that link SQLite exclude each other.
//!
//! [`GrantStore`]: gatepass_core::ports::GrantStore
//! [`PendingStore`]: gatepass_core::ports::PendingStore
//! [`SessionStore`]: gatepass_core::ports::SessionStore

#[cfg(feature = "sqlite")]
pub mod blocking;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod engine;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod error;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod grants;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod migrate;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod pending;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod ports;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sessions;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use migrate::MigrateError;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
