//! Where a database is.

use std::path::Path;

use gatepass_sqlx::blocking::SqliteStore;

#[test]
fn a_store_knows_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("with space.db");
    for url in [
        format!("sqlite:{}", file.display()),
        format!("sqlite://{}?mode=rwc", file.display()),
        format!("sqlite:{}", file.display().to_string().replace(' ', "%20")),
    ] {
        assert_eq!(SqliteStore::open(&url).unwrap().file(), Some(&*file), "{url}");
    }
    for url in ["sqlite::memory:", "sqlite://?mode=memory", "sqlite:"] {
        assert_eq!(SqliteStore::open(url).unwrap().file(), None::<&Path>, "{url}");
    }
}
