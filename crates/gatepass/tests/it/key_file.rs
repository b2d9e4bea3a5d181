//! The key file: made once, for its owner only, never written again.

use std::error::Error as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Barrier;
use std::thread;

use gatepass::{KeyFileFault, KeyRing};

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db.key");
    (folder, path)
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn sto_05_a_key_file_is_made_with_mode_0600_and_nothing_beside_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path) = place();
    let ring = KeyRing::kept_in(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", ring.danger_text().expose()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn sto_05_a_key_is_never_overwritten() {
    let (_folder, path) = place();
    let made = KeyRing::kept_in(&path).unwrap();
    assert!(KeyRing::kept_in(&path).unwrap().danger_text().same_as(made.danger_text().expose()));

    for text in ["", "no key\n", "c2hvcnQ="] {
        fs::write(&path, text).unwrap();
        let error = KeyRing::kept_in(&path).unwrap_err();
        assert!(matches!(error.fault(), KeyFileFault::Ring(_)), "{error:?}");
        assert!(error.source().is_some() && error.to_string().contains("app.db.key"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn sto_05_processes_that_start_together_share_one_key() {
    for _ in 0..20 {
        let (_folder, path) = place();
        let start = Barrier::new(8);
        let rings: Vec<KeyRing> = thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        KeyRing::kept_in(&path).unwrap()
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        let kept = fs::read_to_string(&path).unwrap();
        assert!(rings.iter().all(|ring| ring.danger_text().same_as(kept.trim_end())));
    }
}

#[cfg(unix)]
#[test]
fn sto_05_a_key_file_that_others_may_read_is_refused() {
    let (_folder, path) = place();
    drop(KeyRing::kept_in(&path).unwrap());
    for mode in [0o640, 0o604, 0o620, 0o666] {
        set_mode(&path, mode);
        let error = KeyRing::kept_in(&path).unwrap_err();
        assert!(matches!(error.fault(), KeyFileFault::Exposed), "{error:?}");
    }
    set_mode(&path, 0o400);
    drop(KeyRing::kept_in(&path).unwrap());
}

#[test]
fn sto_05_a_folder_that_is_not_there_is_an_error() {
    let (folder, _) = place();
    let error = KeyRing::kept_in(&folder.path().join("absent").join("app.db.key")).unwrap_err();
    assert!(matches!(error.fault(), KeyFileFault::Io(_)), "{error:?}");
}
