//! What the operator's page must name.

use super::said;
use crate::tidy::finding::File;
use crate::tidy::signals::check;

const PAGE: &str = "\
| metric | labels | what |
|---|---|---|
| `gatepass_a_total` | `provider` | as |

| event | what |
|---|---|
| `Suspect` | doubt |

Alert on `gatepass_a_total{outcome=\"x\"}`.
```rust
use gatepass_testkit::Provider; // and `gatepass_nothing`
```
";

fn checked(page: &str, source: &str, events: &str) -> String {
    let events = format!("/// Doc.\npub enum Happened {{\n{events}}}\n");
    said(check(&[
        File::new("docs/operations.md", page),
        File::new("crates/gatepass/src/signals.rs", source),
        File::new("crates/gatepass-core/src/renewal/happened.rs", &events),
    ]))
}

const SOURCE: &str = "counter!(\"gatepass_a_total\", \"provider\" => name).increment(1);";
const EVENTS: &str = "    /// Doubt.\n    Suspect,\n";

#[test]
fn a_page_that_names_what_there_is_is_sound() {
    assert_eq!(checked(PAGE, SOURCE, EVENTS), "");
}

#[test]
fn what_is_missing_and_what_is_not_there_is_found() {
    let more = format!("{SOURCE} histogram!(\n    \"gatepass_b_seconds\").record(1);");
    assert!(checked(PAGE, &more, EVENTS).contains("no row for the metric gatepass_b_seconds"));
    assert!(checked(PAGE, "", EVENTS).contains("a row for the metric gatepass_a_total"));
    assert!(checked(PAGE, SOURCE, "    Suspect,\n    Dead(Reason),\n").contains("no row for the event Dead"));
    assert!(checked(PAGE, SOURCE, "    Dead,\n").contains("a row for the event Suspect"));
    let alert = PAGE.replace("Alert on `gatepass_a", "Alert on `gatepass_c");
    assert!(checked(&alert, SOURCE, EVENTS).contains("names the metric gatepass_c_total"));
    assert!(checked(PAGE, SOURCE, "").contains("holds no event"));
    assert!(said(check(&[])).contains("docs/operations.md: is missing"));
}
