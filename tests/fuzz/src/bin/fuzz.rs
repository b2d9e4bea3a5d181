//! libFuzzer's entry: the reader that `GATEPASS_READER` names, with whatever bytes the fuzzer thinks of.
#![no_main]

use std::sync::LazyLock;

use gatepass_fuzz::{Reader, named};

static READER: LazyLock<Reader> = LazyLock::new(|| {
    let name = std::env::var("GATEPASS_READER").unwrap_or_default();
    named(&name)
        .unwrap_or_else(|| panic!("GATEPASS_READER must be one of {}", gatepass_fuzz::names().join(", ")))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| READER(bytes));
